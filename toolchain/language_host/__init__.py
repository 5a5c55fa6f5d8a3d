"""`pulumi-language-python`: what runs Python programs for the Pulumi engine.

It speaks the engine's `LanguageRuntime` protocol with the gRPC stubs of the Python SDK. It does what a
project needs: run, install, plugins, policy packs. It does not write code: `pulumi import` gets a
comment instead, and `pulumi convert` and `pulumi package add` end with an error that names the
official host.
"""
