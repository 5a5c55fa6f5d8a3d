"""A component provider in Python, as text: `greeting.py` and `__main__.py` of its folder."""

GREET = """
from typing import TypedDict

import pulumi


class GreetArgs(TypedDict):
    who: pulumi.Input[str]


class Greet(pulumi.ComponentResource):
    \"\"\"Says hello.\"\"\"

    text: pulumi.Output[str]

    def __init__(self, name: str, args: GreetArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("greet:index:Greet", name, {}, opts)
        self.text = pulumi.Output.concat("hello ", args["who"])
        self.register_outputs({"text": self.text})
"""

HOST = """
from pulumi.provider.experimental import component_provider_host

from greeting import Greet

component_provider_host([Greet], "greet")
"""
