"""All jobs, and nothing else."""

import pulumi
from jobs import job

for name, project in pulumi.Config().require_object("projects").items():
    for role in ("production", "pull-request", "merge"):
        job(name, role, project, pulumi.ResourceOptions())
