"""The components' tree of resources, with the same types, and without any rule or output."""

import pulumi
from jobs import job

TYPES = {"production": "ProductionJob", "pull-request": "PullRequestJob", "merge": "MergeJob"}


class Bare(pulumi.ComponentResource):
    """A component that declares nothing by itself."""

    def __init__(self, kind: str, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare it."""
        super().__init__(f"dbtcloud-datafold:index:{kind}", name, None, opts)


for name, project in pulumi.Config().require_object("projects").items():
    integration = Bare("DatafoldIntegration", name)
    for role, kind in TYPES.items():
        component = Bare(kind, f"{name}-{role}", pulumi.ResourceOptions(parent=integration))
        job(name, role, project, pulumi.ResourceOptions(parent=component))
        component.register_outputs({})
    integration.register_outputs({})
