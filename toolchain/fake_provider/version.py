"""Which version of the official provider the fake provider answers as."""

import json
from importlib import resources

PROVIDER_VERSION: str = json.loads(
    resources.files("pulumi_dbtcloud").joinpath("pulumi-plugin.json").read_text(encoding="utf-8")
)["version"]
"""The one that the SDK asks for, without a leading `v`."""
