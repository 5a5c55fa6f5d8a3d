"""Many dbt projects with the same rules: one integration each, one token for all of them, and only for them."""

from typing import NotRequired, TypedDict, cast

import pulumi
import pulumi_dbtcloud_datafold as datafold


class Project(TypedDict):
    """What the stack file says of one dbt project."""

    id: int
    production: int
    test: int
    merges: NotRequired[bool]


def integrate(name: str, number: int, project: Project) -> datafold.DatafoldIntegration:
    """Declare the jobs of one project, by the rules of this team."""
    args: datafold.DatafoldIntegrationArgs = {
        "project_id": project["id"],
        "production_environment_id": project["production"],
        "pull_request_environment_id": project["test"],
        # Not all at once: each project a quarter of an hour after the one before it.
        "production_job": {
            "schedule": {"cron": f"{15 * (number % 4)} {2 + number // 4} * * *"},
            "num_threads": 8,
        },
        "pull_request_job": {"run_lint": True, "errors_on_lint_failure": False},
    }
    if project.get("merges", True):
        args["merge_job"] = {"num_threads": 8}
    else:
        args["artifacts_job"] = {"command": "ls"}
    return datafold.DatafoldIntegration(name, args)


projects = cast("dict[str, Project]", pulumi.Config().require_object("projects"))
integrations = {
    name: integrate(name, number, project)
    for number, (name, project) in enumerate(sorted(projects.items()))
}
token = datafold.MemberServiceToken(
    "datafold", {"project_ids": [project["id"] for project in projects.values()]}
)

pulumi.export("jobs", {name: integration.jobs for name, integration in integrations.items()})
pulumi.export("token_string", token.token_string)
