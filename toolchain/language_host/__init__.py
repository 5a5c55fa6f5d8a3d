"""`pulumi-language-python`: what runs Python programs for the Pulumi engine.

Speaks the engine's `LanguageRuntime` protocol with the gRPC stubs of the Python SDK. It does what a
project needs (run, install, plugins, policy packs, code for `pulumi import`). It does not do
`pulumi new`, `pulumi convert` and `pulumi package add`, which need the official host; the engine
says so when they are asked for.
"""
