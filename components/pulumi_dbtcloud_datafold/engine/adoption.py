"""Taking over a job or a token by its number, as the configuration names it (`adopt_job_id`, `adopt_token_id`).

Pulumi's option `import_` imports the object and updates it in one `pulumi up`. It must be gone, though, once the stack
has the object: Pulumi compares it with the resource's id, the provider gives every job the id `missing ID`, and so a
job that was imported by `pulumi import`, or created by the stack, would be imported again and then deleted as the
old one. Therefore it is set here only while the stack does not have the resource.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from pulumi_dbtcloud_datafold.engine.guard import GuardError
from pulumi_dbtcloud_datafold.engine.run_context import recorded_now, survey
from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError, Problem

JOB = "dbtcloud:index/job:Job"
SERVICE_TOKEN = "dbtcloud:index/serviceToken:ServiceToken"  # noqa: S105 - a type, no secret

_REFUSALS = {
    JOB: "job {number} cannot become this job: it is in another project, or only one of the two is a CI job, and dbt "
    "Cloud cannot change that in place. It would be deleted and another one created. Correct adopt_job_id; or remove "
    "it, to have a job of its own created or the adopted one replaced",
    SERVICE_TOKEN: "token {number} cannot become this token: its name or permissions differ from what is declared, and "
    "dbt Cloud cannot edit a token. It would be deleted and another one created. Declare what it has; or remove "
    "adopt_token_id, to have a token of its own created or the adopted one replaced",
}


def import_id(
    kind: str,
    name: str,
    number: int | None,
    component: pulumi.ComponentResource,
    hooks: pulumi.ResourceHookBinding | None,
) -> str | None:
    """Return what `import_` of a resource is to be: the number to adopt, as long as the stack does not have it.

    What was adopted is never replaced while the number is in the configuration: a hook that says so is added.

    Args:
        kind: `JOB` or `SERVICE_TOKEN`.
        name: Pulumi name of the resource, a child of `component`.
        number: What the configuration says, if it says anything.
        component: Where a setting without effect is reported.
        hooks: The resource's hooks; none under mocks.

    Raises:
        ConfigurationError: The program adopts the same number as something else too.
    """
    if number is None:
        return None
    of_kind = {urn: _number(outputs) for urn, outputs in recorded_now().items() if kind in urn}
    ending = f"{component.pulumi_resource_type}${kind}::{name}"
    here = next((found for urn, found in of_kind.items() if urn.endswith(ending)), None)
    if here not in (None, number):
        pulumi.log.warn(
            f"'{name}' is to adopt {number}, but the stack has number {here} here: the setting has no effect. Remove "
            f"it; to take {number} instead, give up the other first (pulumi state delete)",
            component,
        )
        return None
    owner = next((urn for urn, found in of_kind.items() if found == number), None)
    if hooks:
        _claim(kind, number, name, component)
        # Of another name: it is renamed, which makes nothing; or it is asked for by something else.
        refusal = _REFUSALS[kind].format(number=number)
        if owner and not here:
            refusal = _owned(number, owner)
        _refuse_creation(hooks, name, refusal)
    return None if owner else str(number)


def _claim(kind: str, number: int, name: str, component: pulumi.ComponentResource) -> None:
    """Take note that this program adopts a number.

    Raises:
        ConfigurationError: It does so as something else too.
    """
    first = survey().claimed.setdefault(("adopt", kind, number), name)
    if first != name:
        key = "adopt_job_id" if kind == JOB else "adopt_token_id"
        problem = Problem(
            key, f"{number} is to be adopted as '{first}' too", "leave it to one of the two"
        )
        where = f"{type(component).__name__} '{component.pulumi_resource_name}'"
        raise ConfigurationError(where, [problem])


def _owned(number: int, owner: str) -> str:
    return (
        f"{number} belongs to this stack as '{owner.rpartition('::')[2]}' already, and cannot be adopted as well. "
        "Remove the setting; if a block or component was renamed, tell Pulumi its old name (previous_names, or aliases)"
    )


def _refuse_creation(hooks: pulumi.ResourceHookBinding, name: str, refusal: str) -> None:
    def before(_: pulumi.ResourceHookArgs) -> None:
        raise GuardError(refusal)

    options = pulumi.ResourceHookOptions(on_dry_run=True)
    hook = pulumi.ResourceHook(f"{name}: look before adoption", before, options)
    hooks.before_create = [hook, *(hooks.before_create or [])]


def _number(outputs: Mapping[str, Any]) -> int | None:
    found = outputs.get("jobId", outputs.get("id"))
    return int(found) if found is not None else None
