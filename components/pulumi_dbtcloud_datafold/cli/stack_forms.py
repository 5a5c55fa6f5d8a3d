"""Datafold's forms for a stack, from the components in its state: any program that declares them will do."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_dbtcloud_datafold.cli.check.stack_state import ENVIRONMENT, JOB, SERVICE_TOKEN
from pulumi_dbtcloud_datafold.cli.component_place import place
from pulumi_dbtcloud_datafold.datafold_form import DatafoldForm, JobFacts, TokenFacts, build

PACKAGE = "dbtcloud-datafold:index:"
ARTIFACTS = ("MergeJob", "ArtifactsJob")
"""The components whose job creates dbt artifacts."""
_PAGE = re.compile(r"(?P<access_url>.+)/deploy/(?P<account_id>[0-9]+)/")

Resource = Mapping[str, Any]
"""A resource in the state, as `pulumi stack export` shows it."""


def forms(resources: Sequence[Resource]) -> dict[str, DatafoldForm]:
    """Return the form of each dbt project that has a job for Datafold, by the name of its block or component.

    Jobs that are declared without a `DatafoldIntegration` have a form for each dbt project, by its number.
    """
    by_urn = {resource["urn"]: resource for resource in resources}
    jobs: defaultdict[str, dict[str, Resource]] = defaultdict(dict)
    for resource in resources:
        component = by_urn.get(resource.get("parent", ""), {})
        kind = component.get("type", "").removeprefix(PACKAGE)
        if resource["type"] != JOB or kind not in (*ARTIFACTS, "PullRequestJob"):
            continue
        integration = by_urn.get(component.get("parent", ""), {}).get("outputs", {})
        chosen = integration.get("artifacts_job_id", resource["outputs"]["jobId"])
        if kind == "PullRequestJob" or chosen == resource["outputs"]["jobId"]:
            role = "artifacts" if kind in ARTIFACTS else "pull_request"
            jobs[_project(component, resource)][role] = resource
    token, branches = _token(resources), _branches(resources)
    return {
        project: _form(project, by_role, by_urn, token, branches)
        for project, by_role in sorted(jobs.items())
    }


def _project(component: Resource, job: Resource) -> str:
    if "DatafoldIntegration$" in component["urn"]:
        return place(component["urn"], job["urn"])[1]
    return f"project {int(job['outputs']['projectId'])}"


def _form(
    project: str,
    jobs: Mapping[str, Resource],
    by_urn: Mapping[str, Resource],
    token: TokenFacts | None,
    branches: Mapping[int, str],
) -> DatafoldForm:
    facts = {role: _facts(job, by_urn[job["parent"]]) for role, job in jobs.items()}
    page = next((_PAGE.match(job["url"] or "") for job in facts.values()), None)
    artifacts = jobs.get("artifacts")
    return build(
        project,
        access_url=page and page["access_url"],
        account_id=page and page["account_id"],
        artifacts_job=facts.get("artifacts"),
        pull_request_job=facts.get("pull_request"),
        token=token,
        base_branch=branches.get(int(artifacts["outputs"]["environmentId"])) if artifacts else None,
    )


def _facts(job: Resource, component: Resource) -> JobFacts:
    outputs = job["outputs"]
    url = component.get("outputs", {}).get("url")
    return JobFacts(name=outputs["name"], job_id=int(outputs["jobId"]), url=url)


def _token(resources: Sequence[Resource]) -> TokenFacts | None:
    """Return the newest generation of the token for Datafold; None if the stack has none."""
    current = {
        str(resource["outputs"]["token_id"])
        for resource in resources
        if resource["type"] == f"{PACKAGE}MemberServiceToken" and "outputs" in resource
    }
    for resource in resources:
        if resource["type"] == SERVICE_TOKEN and resource["id"] in current:
            return TokenFacts(
                id=resource["id"],
                name=resource["outputs"]["name"],
                # dbt Cloud shows a secret only when the token is created.
                is_secret_known=not resource.get("importID"),
            )
    return None


def _branches(resources: Sequence[Resource]) -> dict[int, str]:
    """Return the custom branches of the environments in the state, by the environment's number."""
    return {
        int(resource["outputs"]["environmentId"]): branch
        for resource in resources
        if resource["type"] == ENVIRONMENT and (branch := resource["outputs"].get("customBranch"))
    }
