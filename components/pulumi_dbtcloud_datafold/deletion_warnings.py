"""Warnings about jobs and tokens that people elsewhere use, and that the program no longer declares.

Pulumi shows that they are deleted, but not who has to know. The stack program of this project calls `warn` itself; in a
program of your own call it once everything is declared:

    from pulumi_dbtcloud_datafold import deletion_warnings

    deletion_warnings.warn()
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pulumi

from pulumi_dbtcloud_datafold.engine.guard import watched_resources
from pulumi_dbtcloud_datafold.engine.stack_state import Outputs, stack_outputs
from pulumi_dbtcloud_datafold.jobs.declaration import JOB
from pulumi_dbtcloud_datafold.service_tokens.rotation import first_generation
from pulumi_dbtcloud_datafold.service_tokens.token_component import SERVICE_TOKEN

_OF_INTEGRATION = re.compile(
    r"^(?P<integration>.*\$?dbtcloud-datafold:index:DatafoldIntegration)\$"
    r"dbtcloud-datafold:index:(?P<kind>\w+)\$.*::(?P<name>.*)-(pull-request|merge|artifacts)-job$"
)
_KINDS = {"MergeJob": "merge job", "ArtifactsJob": "artifacts job"}
"""The components whose jobs create dbt artifacts: one takes the place of the other."""
_CHOOSE_ANOTHER = "choose another job there afterwards (dbtcloud-datafold sheet says which)"
_KEEP_IT = (
    " To change over without an interruption, keep it for a while: set keep_previous: true beside a generation that is "
    "one higher"
)


def warn(protection: str | None = None) -> None:
    """Warn, in preview and in up, of each job that Datafold may know and each token that are about to be deleted.

    A job or token that is replaced is not among them: its guard warns of it.

    Args:
        protection: One more warning beside these, about how to delete what is protected. Default: none.
    """
    kinds = (JOB.type_token, SERVICE_TOKEN.type_token)
    declared = [each for each in watched_resources() if each.pulumi_resource_type in kinds]
    state = stack_outputs()

    async def compare() -> None:
        urns = {await resource.urn.future() for resource in declared}
        # What was renamed or moved has another URN in the state.
        numbers = {await _number_of(resource).future() for resource in declared} - {None}
        messages = [*deletions(state, urns, numbers)]
        for message in messages:
            pulumi.log.warn(message)
        if messages and protection:
            pulumi.log.warn(protection)

    # Pulumi waits for every Output before the program ends.
    _: pulumi.Output[None] = pulumi.Output.from_input(compare())


def deletions(
    state: Mapping[str, Outputs], urns: Collection[str | None], numbers: Collection[object]
) -> Iterator[str]:
    """Return a warning for each job and token of the state that is not declared any more.

    Args:
        state: The outputs of each resource, by URN.
        urns: Of the resources that are declared.
        numbers: Of the resources that are declared.
    """
    gone = {
        urn: outputs
        for urn, outputs in state.items()
        if urn not in urns and outputs.get("jobId", outputs.get("id")) not in numbers
    }
    yield from _deleted_jobs(state, urns, gone)
    # Tokens that are there already, and stay.
    lasting = {first_generation(urn) for urn in state if urn in urns}
    for urn, outputs in gone.items():
        if f"{SERVICE_TOKEN.type_token}::" in urn:
            has_successor = first_generation(urn) in lasting
            yield (
                f"service token '{outputs.get('name')}' (number {outputs.get('id')}) is deleted: it stops working at "
                "the end of this update, and whoever still uses its secret is locked out."
                + ("" if has_successor else _KEEP_IT)
            )


def _deleted_jobs(
    state: Mapping[str, Outputs], urns: Collection[str | None], gone: Mapping[str, Outputs]
) -> Iterator[str]:
    jobs = {urn: outputs for urn, outputs in state.items() if f"{JOB.type_token}::" in urn}
    projects = {outputs.get("projectId") for urn, outputs in jobs.items() if urn not in gone}
    without_successor: dict[str, list[Outputs]] = {}
    for urn, outputs in jobs.items():
        # Datafold does not ask for the production job.
        if urn not in gone or ":ProductionJob$" in urn:
            continue
        head = (
            f"job {int(outputs['jobId'])} '{outputs.get('name')}' is deleted by this update, and "
        )
        if outputs.get("projectId") not in projects:
            without_successor.setdefault(_integration(urn, outputs), []).append(outputs)
        elif successor := _successor(urn, urns):
            yield f"{head}{_integration(urn, outputs)} may have its number: {_change_over(successor, state)}"
        else:
            yield f"{head}Datafold may have its number: {_CHOOSE_ANOTHER}"
    for integration, deleted in without_successor.items():
        named = " and ".join(f"{int(each['jobId'])} '{each.get('name')}'" for each in deleted)
        is_one = len(deleted) == 1
        yield (
            f"{'job' if is_one else 'jobs'} {named} {'is' if is_one else 'are'} deleted by this update, and no job of "
            f"the project is left in this stack: pause or remove {integration}"
        )


def _integration(urn: str, outputs: Outputs) -> str:
    """Return what a person looks for in Datafold: the name that the sheet gives the integration, and its project."""
    number = outputs.get("projectId")
    project = f"dbt Cloud project {int(number)}" if number else "its dbt Cloud project"
    if found := _OF_INTEGRATION.match(urn):
        return f"Datafold's integration '{found['name']}' ({project})"
    return f"Datafold's integration of {project}"


def _successor(urn: str, urns: Collection[str | None]) -> str | None:
    """Return the URN of the job that creates dbt artifacts in place of a deleted one, in the same integration."""
    old = _OF_INTEGRATION.match(urn)
    for each in urns:
        new = _OF_INTEGRATION.match(each or "")
        if (
            old
            and new
            and {old["kind"], new["kind"]} == {*_KINDS}
            and (old["integration"], old["name"]) == (new["integration"], new["name"])
        ):
            return each
    return None


def _change_over(successor: str, state: Mapping[str, Outputs]) -> str:
    """Return what to do about a job that is deleted now that another one creates dbt artifacts."""
    if there := state.get(successor):
        return f"choose job {int(there['jobId'])} '{there.get('name')}' there first"
    kind = _KINDS[successor.split("$")[-2].rpartition(":")[2]]
    return (
        f"choose the new {kind} there, which has no artifacts before its first run. To keep the old job until then, "
        "without triggers, set keep_previous: true in the project's block"
    )


def _number_of(resource: pulumi.CustomResource) -> pulumi.Output[Any]:
    number: pulumi.Output[Any] = getattr(resource, "job_id", resource.id)
    return number
