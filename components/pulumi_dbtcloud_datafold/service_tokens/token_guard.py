"""What is looked at before a service token is created: the account's plan, and whether a secret is about to change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pulumi

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.account.connection import Connection, Unknown
from pulumi_dbtcloud_datafold.engine.account_questions import ask, plan_of
from pulumi_dbtcloud_datafold.engine.guard import GuardError
from pulumi_dbtcloud_datafold.engine.repeated_create import SecondThingGuard
from pulumi_dbtcloud_datafold.engine.stack_state import Outputs

MEMBER = "member"


@dataclass(kw_only=True)
class TokenGuard(SecondThingGuard):
    """The checks of one token.

    Attributes:
        is_member_by_default: Nobody has chosen the permission set, so it is checked against the plan.
        next_step: What a person has to do when the secret has changed.
        follows: The token replaces one of the generation before, which is kept until all have moved over.
    """

    thing: ClassVar[str] = "service token"
    place: ClassVar[str] = "Account settings, Service tokens"

    is_member_by_default: bool
    next_step: str
    follows: bool = False

    def alike(self, api: DbtCloudApi, inputs: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """Return the tokens of this name."""
        return (token for token in api.service_tokens() if token["name"] == inputs.get("name"))

    async def before_create(self, args: pulumi.ResourceHookArgs) -> None:
        """Refuse what the plan does not have; warn of a secret that is about to change."""
        await super().before_create(args)
        if self.is_member_by_default and isinstance(self.connection, Connection):
            await _refuse_where_no_member(self.connection)
        old = await self.old_outputs(args)
        if old and await self._is_gone(old):
            pulumi.log.warn(
                f"service token '{old.get('name')}' (number {old.get('id')}) is gone from dbt Cloud and is made again, "
                f"with another secret. After this update {self.next_step}.",
                self.parents[-1],
            )
        elif old:
            if unprotected := self.ways_to_unprotect(args.urn):
                pulumi.log.warn(
                    f"service token '{old.get('name')}' is protected, so Pulumi refuses to replace it: set "
                    f"{unprotected}",
                    self.parents[-1],
                )
            pulumi.log.warn(
                f"service token '{old.get('name')}' (number {old.get('id')}) is replaced: its secret changes, and the "
                f"old one stops working at the end of this update. Then {self.next_step}. Without an interruption: "
                "raise generation, set keep_previous.",
                self.parents[-1],
            )
        elif self.follows:
            name = (args.new_inputs or {}).get("name")
            pulumi.log.info(
                f"service token '{name}' is made, and the one before it keeps working. After this update "
                f"{self.next_step}. Then remove keep_previous, which deletes the old one.",
                self.parents[-1],
            )

    async def _is_gone(self, old: Outputs) -> bool:
        """Tell whether dbt Cloud no longer has a token of the state."""
        if isinstance(self.connection, Unknown):
            return False
        found = await ask(self.connection, lambda api: api.service_tokens())
        return found is not None and str(old.get("id")) not in {str(token["id"]) for token in found}


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
