"""What is said before a service token is created: a secret is about to change, or the plan has no such permission."""

import pulumi

from pulumi_dbtcloud_datafold.connection import Connection
from pulumi_dbtcloud_datafold.guard import GuardError
from pulumi_dbtcloud_datafold.program_knowledge import (
    ask,
    is_mocked,
    recorded,
    recorded_now,
    survey,
)

MEMBER = "member"

_INSTEAD = {
    "enterprise": "Enterprise plans have no Member for service tokens; set permission_set: developer, which Datafold "
    "accepts too",
    "starter": "the Starter and Developer plans let service tokens do nothing but the Semantic Layer, so Datafold "
    "needs an account on a legacy Team or an Enterprise plan",
    "developer": "the Starter and Developer plans let service tokens do nothing but the Semantic Layer, so Datafold "
    "needs an account on a legacy Team or an Enterprise plan",
}
"""By the beginning of the plan's name. Source: https://docs.getdbt.com/docs/dbt-apis/service-tokens"""


_TELL_DATAFOLD = (
    "enter the new secret (pulumi stack output service_token_string --show-secrets) in Datafold, Settings > "
    "Integrations > CI > dbt Cloud, and in every pipeline that uses the old one"
)


def token_hooks(
    name: str,
    component: pulumi.ComponentResource,
    connection: Connection | None,
    *,
    is_member_by_default: bool = False,
    then: str = _TELL_DATAFOLD,
) -> pulumi.ResourceHookBinding | None:
    """Return the hook of a token; none under mocks, which have no engine to call it.

    Args:
        name: Pulumi name of the token.
        component: What warnings are shown with.
        connection: Where to look for the account's plan; None if it is not known.
        is_member_by_default: Nobody has chosen the permission set, so it is checked against the plan.
        then: What a person has to do when the secret has changed.
    """
    if is_mocked():
        return None
    recorded_now()

    async def before(args: pulumi.ResourceHookArgs) -> None:
        if is_member_by_default and connection:
            await _refuse_where_no_member(connection)
        if old := (await recorded()).get(args.urn):
            pulumi.log.warn(
                f"dbt Cloud cannot edit a service token, so '{old.get('name')}' (number {old.get('id')}) is replaced: "
                "its secret changes, and the old one stops working at the end of this update. Then "
                f"{then}. For a change without an interruption, rotate: raise generation and set keep_previous.",
                component,
            )

    options = pulumi.ResourceHookOptions(on_dry_run=True)
    return pulumi.ResourceHookBinding(
        before_create=[pulumi.ResourceHook(f"{name}: look before create", before, options)]
    )


async def plan_of(connection: Connection) -> str | None:
    """Return the account's plan, asked for once; None if the token is itself still to be created."""
    question = (connection.access_url, connection.account_id, "plan")
    return await survey().once(
        question, lambda: ask(connection, lambda api: str(api.account().get("plan")))
    )


async def _refuse_where_no_member(connection: Connection) -> None:
    """Refuse a Member token where the account's plan has none.

    Raises:
        GuardError: It has none; the message says what to use instead.
    """
    plan = await plan_of(connection)
    if plan is None:
        return
    for beginning, instead in _INSTEAD.items():
        if plan.startswith(beginning):
            message = (
                f"the account's plan is '{plan}': {instead}. To try Member all the same, write "
                f"permission_set: {MEMBER}"
            )
            raise GuardError(message)
