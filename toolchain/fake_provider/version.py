"""Which version of the official provider the fake provider answers as."""

import importlib.metadata

PROVIDER_VERSION = importlib.metadata.version("pulumi_dbtcloud")
"""The SDK's: it is generated from the provider of that version, and asks for it."""
