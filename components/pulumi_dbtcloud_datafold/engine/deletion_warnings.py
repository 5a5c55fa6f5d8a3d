"""Warnings about jobs and tokens that people elsewhere use, and that the program no longer declares.

Pulumi shows that they are deleted, but not who has to know.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pulumi

from pulumi_dbtcloud_datafold.engine.stack_state import (
    JOB_TYPE,
    SERVICE_TOKEN_TYPE,
    Outputs,
    stack_outputs,
)

_CHOOSE_ANOTHER = "choose another job there afterwards (dbtcloud-datafold sheet says which)"
_KEEP_IT = (
    " To change over without an interruption, keep it for a while: set keep_previous: true beside a generation that is "
    "one higher"
)


def warn(declared: Collection[pulumi.CustomResource]) -> None:
    """Warn, in preview and in up, of each job that Datafold may know and each token that are about to be deleted.

    A job or token that is replaced is not among them: its guard warns of it.

    Args:
        declared: The guarded resources of the whole program.
    """
    known = [
        each for each in declared if each.pulumi_resource_type in (JOB_TYPE, SERVICE_TOKEN_TYPE)
    ]
    state = stack_outputs()

    async def compare() -> None:
        urns = {await resource.urn.future() for resource in known}
        # What was renamed or moved has another URN in the state.
        numbers = {await _number_of(resource).future() for resource in known} - {None}
        for message in deletions(state, urns, numbers):
            pulumi.log.warn(message)

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
        possible: Type token of each of these components that there may be, by its Pulumi name.
        declared: Number of the job of each that there is, by the same names.
    """
    state = stack_outputs()

    async def compare() -> None:
        parents = str(await component.urn.future()).rpartition("::")[0]
        urns = {
            name: f"{parents}${type_}${JOB_TYPE}::{name}-job" for name, type_ in possible.items()
        }
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
    # Tokens that are there already, and stay.
    lasting = {_first_generation(urn) for urn in state if urn in urns}
    gone: dict[str, Outputs] = {}
    projects = set()
    for urn, outputs in state.items():
        if urn not in urns and outputs.get("jobId", outputs.get("id")) not in numbers:
            gone[urn] = outputs
        elif f"{JOB_TYPE}::" in urn:
            projects.add(outputs.get("projectId"))
    for urn, outputs in gone.items():
        # Datafold does not ask for the production job.
        if f"{JOB_TYPE}::" in urn and ":ProductionJob$" not in urn:
            is_last = outputs.get("projectId") not in projects
            yield (
                f"job {int(outputs['jobId'])} '{outputs.get('name')}' is deleted by this update, and Datafold may have "
                f"its number: {_of_project(outputs) if is_last else _CHOOSE_ANOTHER}"
            )
        elif f"{SERVICE_TOKEN_TYPE}::" in urn:
            has_successor = _first_generation(urn) in lasting
            yield (
                f"service token '{outputs.get('name')}' (number {outputs.get('id')}) is deleted: it stops working at "
                "the end of this update, and whoever still uses its secret is locked out."
                + ("" if has_successor else _KEEP_IT)
            )


def _of_project(outputs: Outputs) -> str:
    """Return what to do about a job whose project has no job left in this stack."""
    project_id = outputs.get("projectId")
    project = f"dbt Cloud project {int(project_id)}" if project_id else "its dbt Cloud project"
    return f"no job of {project} is left in this stack, so pause or remove that project's integration there"


def _number_of(resource: pulumi.CustomResource) -> pulumi.Output[Any]:
    number: pulumi.Output[Any] = getattr(resource, "job_id", resource.id)
    return number


def _first_generation(urn: str) -> str:
    """Return the URN that the first generation of a token has: `rotation.in_generation` undone, for Pulumi's names."""
    return re.sub(r"-token-\d+$", "-token", urn)
