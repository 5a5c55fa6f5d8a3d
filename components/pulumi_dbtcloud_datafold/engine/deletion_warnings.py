"""Warnings about jobs and tokens that people elsewhere use, and that the program no longer declares.

Pulumi shows that they are deleted, but not who has to know.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from pulumi_dbtcloud_datafold.engine.run_context import run_context
from pulumi_dbtcloud_datafold.engine.stack_state import (
    JOB_TYPE,
    SERVICE_TOKEN_TYPE,
    Outputs,
    stack_outputs,
)

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


@dataclass
class DeletionAdvice:
    """What a program has to say once more where something is deleted."""

    text: str | None = None


def advise_on_deletion(text: str) -> None:
    """Warn once more, with this text, in a run of the program in which a job or token is about to be deleted."""
    run_context().part(DeletionAdvice).text = text


def warn(declared: Collection[pulumi.CustomResource]) -> None:
    """Warn, in preview and in up, of each job that Datafold may know and each token that are about to be deleted.

    A job or token that is replaced is not among them: its guard warns of it.

    Args:
        declared: The guarded resources of the whole program.
    """
    known = [
        resource
        for resource in declared
        if resource.pulumi_resource_type in (JOB_TYPE, SERVICE_TOKEN_TYPE)
    ]
    state = stack_outputs()
    advice = run_context().part(DeletionAdvice).text

    async def compare() -> None:
        urns = {await resource.urn.future() for resource in known}
        # What was renamed or moved has another URN in the state.
        numbers = {await _number_of(resource).future() for resource in known} - {None}
        messages = [*deletions(state, urns, numbers)]
        for message in messages:
            pulumi.log.warn(message)
        if messages and advice:
            pulumi.log.warn(advice)

    # Pulumi waits for every Output before the program ends.
    _: pulumi.Output[None] = pulumi.Output.from_input(compare())


def warn_of_children(
    component: pulumi.ComponentResource,
    possible: Mapping[str, str],
    declared: Mapping[str, pulumi.Output[int]],
) -> None:
    """Warn of the jobs of one component, where a plugin makes it: there the end of the program is not known.

    Args:
        component: Declares each job in a component of its own.
        possible: Types of each of these components that there may be and of its job, as a URN has them, by the
            component's Pulumi name.
        declared: Number of the job of each that there is, by the same names.
    """
    state = stack_outputs()

    async def compare() -> None:
        parents = str(await component.urn.future()).rpartition("::")[0]
        urns = {name: f"{parents}${types}::{name}-job" for name, types in possible.items()}
        own = {urn: state[urn] for urn in urns.values() if urn in state}
        numbers = {await number.future() for number in declared.values()} - {None}
        for message in deletions(own, {urns[name] for name in declared}, numbers):
            pulumi.log.warn(message, component)

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
    lasting = {_first_generation(urn) for urn in state if urn in urns}
    for urn, outputs in gone.items():
        if f"{SERVICE_TOKEN_TYPE}::" in urn:
            has_successor = _first_generation(urn) in lasting
            yield (
                f"service token '{outputs.get('name')}' (number {outputs.get('id')}) is deleted: it stops working at "
                "the end of this update, and what still uses its secret is locked out."
                + ("" if has_successor else _KEEP_IT)
            )


def _deleted_jobs(
    state: Mapping[str, Outputs], urns: Collection[str | None], gone: Mapping[str, Outputs]
) -> Iterator[str]:
    jobs = {urn: outputs for urn, outputs in state.items() if f"{JOB_TYPE}::" in urn}
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
        named = " and ".join(f"{int(job['jobId'])} '{job.get('name')}'" for job in deleted)
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
    for candidate in urns:
        new = _OF_INTEGRATION.match(candidate or "")
        if (
            old
            and new
            and {old["kind"], new["kind"]} == {*_KINDS}
            and (old["integration"], old["name"]) == (new["integration"], new["name"])
        ):
            return candidate
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


def _first_generation(urn: str) -> str:
    """Return the URN that the first generation of a token has: `rotation.in_generation` undone, for Pulumi's names."""
    return re.sub(r"-token-\d+$", "-token", urn)
