"""The components' tree of resources, with the same types, and without any rule or output.

With `minimal` it also has what components with guards and checked settings cannot do without: outputs, hooks, which do
nothing here, and pydantic, which checks nothing.
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
is_minimal = bool(config.get_bool("minimal"))
hooks = jobs.idle_hooks() if is_minimal else None
for name, project in config.require_object("projects").items():
    integration = Bare("DatafoldIntegration", name)
    numbers = {}
    for role, kind in TYPES.items():
        component = Bare(kind, f"{name}-{role}", pulumi.ResourceOptions(parent=integration))
        options = pulumi.ResourceOptions(parent=component, hooks=hooks)
        job = jobs.job(name, role, project, options)
        component.register_outputs(jobs.outputs(job) if is_minimal else {})
        numbers[role] = job.job_id
    integration.register_outputs(numbers if is_minimal else {})
