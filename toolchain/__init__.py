"""Get Pulumi working on a machine: engine, Python language host, provider plugin.

Official parts are used where they are installed. Where they are not, the engine is built from its
Go module, and our own language host and stand-in provider take the official ones' places.
"""
