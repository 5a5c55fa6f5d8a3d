"""Taking over a job or a token by its number, as the configuration names it (`adopt_job_id`, `adopt_token_id`).

Pulumi's option `import_` imports the object and updates it in one `pulumi up`. It must be gone, though, once the stack
has the object: Pulumi compares it with the resource's id, the provider gives every job the id `missing ID`, and so a
job that was imported by `pulumi import`, or created by the stack, would be imported again and then deleted as the
old one. Therefore it is set here only while the stack does not have the resource.
"""

from typing import Any

import pulumi

from pulumi_dbtcloud_datafold import guard

JOB = "dbtcloud:index/job:Job"
SERVICE_TOKEN = "dbtcloud:index/serviceToken:ServiceToken"  # noqa: S105 - a type, no secret

_REFUSALS = {
    JOB: "job {number} cannot be adopted here: it is in another project, or only one of the two is a CI job, and dbt "
    "Cloud cannot change that in place. It would be deleted and another one created. Correct adopt_job_id, or remove "
    "it to have a job of its own created",
    SERVICE_TOKEN: "token {number} cannot be adopted here: its name or permissions differ from what is declared, and "
    "dbt Cloud cannot edit a token. It would be deleted and another one created. Declare what it has, or remove "
    "adopt_token_id",
}


def import_id(
    kind: str, name: str, number: int | None, component: pulumi.ComponentResource
) -> str | None:
    """Return what `import_` of a resource is to be: the number to adopt, as long as the stack does not have it.

    Args:
        kind: `JOB` or `SERVICE_TOKEN`.
        name: Pulumi name of the resource, a child of `component`.
        number: What the configuration says, if it says anything.
        component: Where a setting without effect is reported.
    """
    if number is None:
        return None
    has = [
        _number(outputs)
        for urn, outputs in _recorded().items()
        if urn.endswith(f"{kind}::{name}") or (kind in urn and _number(outputs) == number)
    ]
    if not has:
        return str(number)
    if number not in has:
        pulumi.log.warn(
            f"'{name}' is to adopt {number}, but the stack has number {has[0]} here: the setting has no effect. Remove "
            f"it; to take {number} instead, give up the other first (pulumi state delete)",
            component,
        )
    return None


def add_hook(hooks: pulumi.ResourceHookBinding, kind: str, name: str, number: str) -> None:
    """Refuse to delete what was just adopted and to create another in its place.

    It is what Pulumi plans if dbt Cloud cannot make the adopted object the declared one.
    """

    async def before(args: pulumi.ResourceHookArgs) -> None:
        if args.urn not in await guard.recorded():
            raise guard.GuardError(_REFUSALS[kind].format(number=number))

    hook = pulumi.ResourceHook(
        f"{name}: look before adoption", before, pulumi.ResourceHookOptions(on_dry_run=True)
    )
    hooks.before_create = [hook, *(hooks.before_create or [])]


def _recorded() -> dict[str, dict[str, Any]]:
    """Return the outputs of every resource in the stack's state; an import must be decided on at once, so it waits."""
    if guard.is_mocked():
        return {}
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    found = pulumi.runtime.invoke(
        "pulumi:pulumi:readStackResourceOutputs", {"stackName": stack}
    ).value
    return {urn: entry.get("outputs", {}) for urn, entry in found["outputs"].items()}


def _number(outputs: dict[str, Any]) -> int | None:
    found = outputs.get("jobId", outputs.get("id"))
    return int(found) if found is not None else None
