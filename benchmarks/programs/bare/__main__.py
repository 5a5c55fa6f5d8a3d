"""The components' tree of resources, with the same types, and without any rule or output.

With `minimal` it also has what no program with guards and checked settings can do without: hooks, which do nothing
here, and pydantic, which checks nothing.
"""

import jobs
import pulumi

TYPES = {"production": "ProductionJob", "pull-request": "PullRequestJob", "merge": "MergeJob"}


class Bare(pulumi.ComponentResource):
    """A component that declares nothing by itself."""

    def __init__(self, kind: str, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare it."""
        super().__init__(f"dbtcloud-datafold:index:{kind}", name, None, opts)


config = pulumi.Config()
hooks = jobs.idle_hooks() if config.get_bool("minimal") else None
for name, project in config.require_object("projects").items():
    integration = Bare("DatafoldIntegration", name)
    for role, kind in TYPES.items():
        component = Bare(kind, f"{name}-{role}", pulumi.ResourceOptions(parent=integration))
        jobs.job(name, role, project, pulumi.ResourceOptions(parent=component, hooks=hooks))
        component.register_outputs({})
    integration.register_outputs({})
