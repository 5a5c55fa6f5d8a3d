"""What is said before a service token is created: a secret is about to change, or the plan has no such permission."""

from dataclasses import dataclass

import pulumi

from pulumi_dbtcloud_datafold.account.account_plan import plan_of
from pulumi_dbtcloud_datafold.account.connection import Connection
from pulumi_dbtcloud_datafold.engine.guard import Guard, GuardError
from pulumi_dbtcloud_datafold.engine.run_context import recorded_as

MEMBER = "member"

TELL_DATAFOLD = (
    "enter the new secret (pulumi stack output service_token_string --show-secrets) in Datafold, Settings > "
    "Integrations > CI > dbt Cloud, and in every pipeline that uses the old one"
)


@dataclass
class TokenGuard(Guard):
    """What watches over one token.

    Attributes:
        component: What warnings are shown with.
        connection: Where to look for the account's plan; None if it is not known.
        is_member_by_default: Nobody has chosen the permission set, so it is checked against the plan.
        then: What a person has to do when the secret has changed.
    """

    component: pulumi.ComponentResource
    connection: Connection | None
    is_member_by_default: bool = False
    then: str = TELL_DATAFOLD

    async def _before(self, args: pulumi.ResourceHookArgs) -> None:
        if self.is_member_by_default and self.connection:
            await _refuse_where_no_member(self.connection)
        if old := await recorded_as(args.urn, self._lineage):
            pulumi.log.warn(
                f"dbt Cloud cannot edit a service token, so '{old.get('name')}' (number {old.get('id')}) is replaced: "
                "its secret changes, and the old one stops working at the end of this update. Then "
                f"{self.then}. For a change without an interruption, rotate: raise generation and set keep_previous.",
                self.component,
            )


async def _refuse_where_no_member(connection: Connection) -> None:
    """Refuse a Member token where the account's plan has none.

    Raises:
        GuardError: It has none; the message says what to use instead.
    """
    plan = await plan_of(connection)
    if plan is None:
        return
    if plan.is_enterprise:
        instead = (
            "Enterprise plans have no Member for service tokens; set permission_set: developer, which Datafold accepts "
            "too"
        )
    elif plan.is_semantic_layer_only:
        instead = (
            "on this plan service tokens can do nothing but the Semantic Layer, so Datafold needs an account on a "
            "legacy Team or an Enterprise plan"
        )
    else:
        return
    message = (
        f"the account's plan is '{plan}': {instead}. To try Member all the same, write "
        f"permission_set: {MEMBER}"
    )
    raise GuardError(message)
