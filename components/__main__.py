"""What the engine runs when a program in another language, or in YAML, uses this folder as a package."""

from pulumi_dbtcloud_datafold import component_provider

component_provider.serve()
