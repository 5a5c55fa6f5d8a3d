"""What Pulumi has recorded of an update that did not end."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pulumi_dbtcloud_datafold.cli import preview
from pulumi_dbtcloud_datafold.cli.check.stack_state import NOTIFICATION, VARIABLE, WEBHOOK, revealed
from pulumi_dbtcloud_datafold.cli.preview import Declared, Kind
from pulumi_dbtcloud_datafold.cli.pulumi_stack import PulumiStack

KINDS: dict[str, Kind] = {
    **preview.KINDS,
    VARIABLE: "variable",
    NOTIFICATION: "notification",
    WEBHOOK: "webhook",
}
"""What is looked for, by Pulumi's types, in this order."""

_ROOT = "pulumi:pulumi:Stack"
_PROVIDER = "pulumi:providers:"
_NUMBER_OUTPUTS: Mapping[str, str] = {"job": "jobId", "environment": "environmentId"}
"""Where the number is not the id of the resource."""

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Interrupted:
    """The state of a stack whose update may have been interrupted.

    Attributes:
        root: The URN of the stack's root resource, if the state has it.
        known: The resources of the state, by URN; of several of one URN, the one that is not about to be deleted.
        ids: For each kind, what the state has, by the number or id that dbt Cloud gave it.
        creating: What was being created, by URN.
        others: URNs of what was being changed or deleted, each with what was done.
        since: When the last update that succeeded began; without one, when the first resource was recorded. None: no
            update ever recorded anything.
    """

    root: str | None
    known: Mapping[str, Document]
    ids: Mapping[Kind, frozenset[str]]
    creating: Mapping[str, Document]
    others: Sequence[tuple[str, str]]
    since: datetime | None

    def foreign(self) -> Iterator[Document]:
        """Yield what was being created that this command does not know, and that the state does not have."""
        for urn, resource in self.creating.items():
            kind = str(resource["type"])
            is_other = resource.get("custom") and not kind.startswith(_PROVIDER)
            if is_other and kind not in KINDS and urn not in self.known:
                yield resource

    def declared(self, steps: Sequence[Document]) -> Iterator[tuple[Declared, bool]]:
        """Yield what may be left: each with whether the program declares it.

        Args:
            steps: Those of a preview.
        """
        found: set[str] = set()
        for step in steps:
            new = step.get("newState") or {}
            kind = KINDS.get(str(new.get("type")))
            if kind and step["op"] in ("create", "replace") and step["urn"] not in found:
                found.add(step["urn"])
                # What was sent to dbt Cloud is known whole, and may differ from what is declared now.
                sent = self.creating.get(step["urn"])
                inputs = revealed((sent or new).get("inputs"))
                yield preview.declared(kind, step["op"], {**new, "inputs": inputs}), True
        for urn, resource in self.creating.items():
            kind = KINDS.get(str(resource["type"]))
            if kind and urn not in found:
                inputs = revealed(resource.get("inputs"))
                # What the state has by now was made anew by a later update.
                is_declared = urn in self.known
                yield preview.declared(kind, "create", {**resource, "inputs": inputs}), is_declared


def read(stack: PulumiStack) -> Interrupted:
    """Read what Pulumi has recorded."""
    state = stack.deployment(show_secrets=True)
    resources: list[Document] = state.get("resources") or []
    operations: list[Document] = state.get("pending_operations") or []
    ids: dict[Kind, set[str]] = {kind: set() for kind in KINDS.values()}
    for resource in resources:
        if kind := KINDS.get(resource["type"]):
            ids[kind].add(_identity(kind, resource))
    return Interrupted(
        root=next((recorded["urn"] for recorded in resources if recorded["type"] == _ROOT), None),
        known={recorded["urn"]: recorded for recorded in resources if not recorded.get("delete")},
        ids={kind: frozenset(found) for kind, found in ids.items()},
        creating={
            operation["resource"]["urn"]: operation["resource"]
            for operation in operations
            if operation["type"] == "creating"
        },
        others=[
            (operation["resource"]["urn"], operation["type"])
            for operation in operations
            if operation["type"] != "creating"
        ],
        since=_last_success(stack) or _first_record(resources),
    )


def moment(text: str) -> datetime:
    """Read a time; one without an offset is in UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _identity(kind: Kind, resource: Document) -> str:
    key = _NUMBER_OUTPUTS.get(kind)
    number = (resource.get("outputs") or {}).get(key) if key else resource.get("id")
    return str(int(number)) if isinstance(number, float) else str(number)


def _last_success(stack: PulumiStack) -> datetime | None:
    for update in stack.updates():
        if update["kind"] in ("update", "destroy") and update["result"] == "succeeded":
            return moment(update["startTime"])
    return None


def _first_record(resources: Sequence[Document]) -> datetime | None:
    return min(
        (moment(resource["created"]) for resource in resources if resource.get("created")),
        default=None,
    )
