"""What a create whose answer was lost has left in dbt Cloud, where dbt Cloud takes a second thing of the same name.

The provider sends a create again after a 5xx, and ends with an error after a lost answer. Nobody knows then whether dbt
Cloud has stored the first one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, ClassVar

import pulumi

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi, DbtCloudError
from pulumi_dbtcloud_datafold.account.connection import Connection, Unknown
from pulumi_dbtcloud_datafold.engine.account_questions import ask
from pulumi_dbtcloud_datafold.engine.guard import Guard, GuardError, is_adoption_preview
from pulumi_dbtcloud_datafold.engine.stack_state import stack_outputs


@dataclass(kw_only=True)
class SecondThingGuard(Guard):
    """Names what is in dbt Cloud beside the thing that is created.

    Attributes:
        connection: Where to look. Nothing is looked at if the account is not known.
    """

    thing: ClassVar[str]
    """What it is, in dbt Cloud's words."""
    place: ClassVar[str]
    """Where a person finds it in dbt Cloud."""

    connection: Connection | Unknown
    _before: frozenset[str] = field(default=frozenset(), init=False)

    def alike(self, api: DbtCloudApi, inputs: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """Return the things in the account that are called as the declared one."""
        raise NotImplementedError

    async def before_create(self, args: pulumi.ResourceHookArgs) -> None:
        """Warn of one that is there and is not in the stack: perhaps an earlier create left it."""
        await super().before_create(args)
        if is_adoption_preview():
            return
        found = await self._numbers(args)
        in_stack = {str(outputs.get("id")) for outputs in stack_outputs().values()}
        if others := sorted(found - in_stack):
            pulumi.log.warn(
                f"dbt Cloud has {self._called(args)} already, and it is not in this stack. If another stack or a "
                "person made it, leave it. If an earlier `pulumi up` lost its answer, it is left over from there. "
                f"{self._delete(others)}",
                self.parents[-1],
            )
        self._before = found

    async def after_create(self, args: pulumi.ResourceHookArgs) -> None:
        """Report a second one."""
        own = args.id.rpartition(":")[2]
        if others := sorted(await self._numbers(args) - self._before - {own}):
            message = (
                f"dbt Cloud has stored {self._called(args)} more than once: this stack has {own}, and the rest is left "
                f"over from an attempt whose answer was lost. {self._delete(others)}"
            )
            raise GuardError(message)

    def _called(self, args: pulumi.ResourceHookArgs) -> str:
        name = (args.new_inputs or {}).get("name")
        return f"the {self.thing} '{name}'" if name else f"such a {self.thing}"

    def _delete(self, numbers: Iterable[str]) -> str:
        return f"Delete {self.thing} {', '.join(numbers)} in dbt Cloud ({self.place})"

    async def _numbers(self, args: pulumi.ResourceHookArgs) -> frozenset[str]:
        """Return the numbers of all that are alike."""
        connection = self.connection
        if isinstance(connection, Unknown):
            return frozenset()
        # Secrets come as Outputs.
        inputs = {
            key: await value.future() if isinstance(value, pulumi.Output) else value
            for key, value in (args.new_inputs or {}).items()
        }
        try:
            found = await ask(connection, lambda api: [*self.alike(api, inputs)])
        except DbtCloudError as error:
            if error.status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
                return frozenset()  # The provider's own request may pass all the same.
            raise
        return frozenset(str(thing["id"]) for thing in found or [])
