"""The job that created dbt artifacts before another one does: it is kept until Datafold reads the new one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pulumi

from pulumi_dbtcloud_datafold.engine.stack_state import stack_outputs
from pulumi_dbtcloud_datafold.jobs.declaration import JOB, JobComponent


@dataclass(frozen=True)
class PreviousSource:
    """A job of the state whose block is gone.

    Attributes:
        number: Its number.
        name: Its name in dbt Cloud.
    """

    number: int
    name: str


def find(
    kind: type[JobComponent[Any]], integration: pulumi.ComponentResource, names: Iterable[str]
) -> PreviousSource | None:
    """Return the job that the state has of a kind in an integration; None, with a warning, if it has none.

    Args:
        kind: The component that declared the job.
        integration: What the component is a child of.
        names: Those that the component may have in the state.
    """
    types = f"{integration.pulumi_resource_type}${kind.types()}"
    endings = tuple(f"{types}::{name}-job" for name in names)
    for urn, outputs in stack_outputs().items():
        if urn.endswith(endings) and (number := JOB.number(outputs)):
            return PreviousSource(number, str(outputs.get("name")))
    pulumi.log.warn(
        "keep_previous is set, but the stack has no job that created dbt artifacts before: remove it",
        integration,
    )
    return None


def report(
    previous: PreviousSource,
    source: JobComponent[Any],
    integration: pulumi.ComponentResource,
    field: str,
) -> None:
    """Say, in preview and in up, which job to choose in Datafold, and what to do then.

    Args:
        previous: The job that is kept.
        source: The job that creates dbt artifacts now.
        integration: Both belong to it.
        field: Where a person chooses the job in Datafold.
    """

    async def say() -> None:
        # None before the job is made.
        number, name = await source.job_id.future(), await source.name.future()
        new = (
            f"job {number} '{name}'" if number else f"the new job '{name}' (this update numbers it)"
        )
        pulumi.log.warn(
            f"job {previous.number} '{previous.name}' is kept without triggers, because Datafold has its number. "
            f'After the first success of {new}, which has no artifacts before, choose it in Datafold as "{field}" of '
            f"the integration '{integration.pulumi_resource_name}'. Then remove keep_previous: that deletes job "
            f"{previous.number}",
            integration,
        )

    # Pulumi waits for every Output before the program ends.
    _: pulumi.Output[None] = pulumi.Output.from_input(say())
