"""What is said of jobs and tokens that people elsewhere use, and that the program no longer declares.

Pulumi shows that they are deleted, and not who must be told.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from pulumi_dbtcloud_datafold.engine.adoption import JOB, SERVICE_TOKEN
from pulumi_dbtcloud_datafold.engine.run_context import recorded_now, survey
from pulumi_dbtcloud_datafold.service_tokens.rotation import first_generation

_KEEP_IT = (
    " To change over without an interruption, keep it for a while: set keep_previous: true beside a generation that is "
    "one higher"
)


def warn() -> None:
    """Warn, in preview and in up, of each job that Datafold may know and each token that are about to be deleted.

    To be called once everything is declared. A job or token that is replaced is not told of here: its guard does.
    """
    state = recorded_now()
    declared = [*survey().declared]

    async def compare() -> None:
        urns = {await resource.urn.future() for resource in declared}
        # What was renamed or moved has another URN in the state.
        numbers = {await _number_of(resource).future() for resource in declared} - {None}
        # Tokens that are there already, and stay.
        lasting = {first_generation(urn) for urn in state if urn in urns}
        for urn, outputs in state.items():
            number = outputs.get("jobId", outputs.get("id"))
            if urn not in urns and number not in numbers:
                _say(urn, outputs, has_successor=first_generation(urn) in lasting)

    # Pulumi waits for every Output before the program ends.
    _: pulumi.Output[None] = pulumi.Output.from_input(compare())


def _number_of(resource: pulumi.CustomResource) -> pulumi.Output[Any]:
    number: pulumi.Output[Any] = getattr(resource, "job_id", resource.id)
    return number


def _say(urn: str, outputs: Mapping[str, Any], *, has_successor: bool) -> None:
    # Datafold does not ask for the production job.
    if f"{JOB}::" in urn and ":ProductionJob$" not in urn:
        pulumi.log.warn(
            f"job {int(outputs['jobId'])} '{outputs.get('name')}' is deleted by this update, and Datafold may have its "
            "number: choose another job there afterwards (dbtcloud-datafold sheet says which)"
        )
    elif f"{SERVICE_TOKEN}::" in urn:
        pulumi.log.warn(
            f"service token '{outputs.get('name')}' (number {outputs.get('id')}) is deleted: it stops working at the "
            "end of this update, and whoever still uses its secret is locked out."
            + ("" if has_successor else _KEEP_IT)
        )
