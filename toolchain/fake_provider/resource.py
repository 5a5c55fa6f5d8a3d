"""What every resource has in common: checking inputs, planning a change, finding the inputs again.

The official provider is a Terraform provider behind Pulumi's bridge, so a change is planned as
Terraform plans it: what the declaration says, else the default, else what the service last answered.
As soon as anything differs, what the service may change by itself becomes unknown.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from toolchain.fake_provider import sdk
from toolchain.fake_provider.api import Api
from toolchain.fake_provider.failure import ProviderError
from toolchain.fake_provider.values import UNKNOWN, Properties, has_unknown

MISSING_ID = "missing ID"
"""The id of a resource whose number the official provider's bridge does not find.

It gives this text to every `Job` and every `Project`; the number is in the property `id`.
"""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What the SDK does not say about a property.

    Attributes:
        default: The value of an absent input. None: it stays absent.
        inner_defaults: The same for the properties of an object, or of each object in a list.
        computed: Whether the service chooses a value for an absent input.
        volatile: Whether a computed value may change whenever anything of the resource changes.
        replaces: Whether a change cannot be made in place.
        unordered: Whether the order of a list, at any depth, means nothing.
        secret: Whether the value is marked secret.
    """

    default: Any = None
    inner_defaults: Mapping[str, Any] = field(default_factory=dict)
    computed: bool = False
    volatile: bool = False
    replaces: bool = False
    unordered: bool = False
    secret: bool = False


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a declaration makes of a resource.

    Attributes:
        state: All properties after the change; `UNKNOWN` where only the service can say.
        changed: The names of the properties that differ from the state before, sorted.
        replaces: Those of them for which a new resource is needed, sorted.
    """

    state: Properties
    changed: list[str]
    replaces: list[str]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A resource as the service has it."""

    id: str
    state: Properties


class Resource(ABC):
    """One type of resource. It holds no state: each call is given the service and the properties."""

    shape: ClassVar[sdk.Shape]
    rules: ClassVar[Mapping[str, Rule]]
    required: ClassVar[frozenset[str]] = frozenset()
    """Inputs that the provider needs though the SDK does not."""
    excluded: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """What may not be given beside an input, in the provider's names."""
    missing_warning: ClassVar[str] = ""
    """What the official provider warns of when a read finds the resource gone. Empty: no warning."""

    @abstractmethod
    def create(self, api: Api, planned: Properties) -> Found:
        """Make the resource of a plan without a state before."""

    @abstractmethod
    def read(self, api: Api, resource_id: str, state: Properties) -> Found | None:
        """The resource as it is now, or `None` if it is gone.

        Args:
            api: The service.
            resource_id: Its id, or what the user asked to import.
            state: Its last known properties; empty for an import.
        """

    @abstractmethod
    def update(self, api: Api, state: Properties, planned: Properties) -> Properties:
        """Change the resource to what was planned; the properties afterwards."""

    @abstractmethod
    def delete(self, api: Api, state: Properties) -> None:
        """Take the resource away."""

    def problems(self, inputs: Properties) -> "list[Problem]":
        """What the provider itself refuses in otherwise complete inputs."""
        return []

    def adjust(self, state: Properties | None, planned: Properties) -> set[str]:
        """Look at a plan as a whole; the further properties for which a new resource is needed.

        Raises:
            PlanError: The plan cannot be carried out.
        """
        return set()

    @property
    def secrets(self) -> frozenset[str]:
        """The properties whose values are marked secret."""
        return frozenset(name for name, rule in self.rules.items() if rule.secret)

    def check(self, name: str, inputs: Properties) -> list[str]:
        """Everything wrong with inputs, for the user to read.

        An input that the resource does not have is passed over, as the official provider does.
        """
        missing = [
            f"Missing required property '{key}'"
            + (f": {described}" if (described := self.shape.inputs[key].description) else "")
            for key in sorted(self.shape.required | self.required)
            if key not in inputs
        ]
        mistyped = [
            text
            for key, value in inputs.items()
            if key in self.shape.inputs
            for text in _mistyped(value, self.shape.inputs[key].type, f"{name}.{key}")
        ]
        if mistyped:
            return missing + mistyped
        problems = [*self._exclusions(inputs), *self.problems(inputs)]
        return missing + [problem.text(name) for problem in problems]

    def plan(self, state: Properties | None, inputs: Properties) -> Plan:
        """What a declaration makes of the resource, which has a state or is yet to be made.

        Raises:
            PlanError: The plan cannot be carried out.
        """
        before = state or {}
        planned: Properties = {}
        for name in self.shape.properties:
            rule = self._rule(name)
            if name in inputs and name in self.shape.inputs:
                planned[name] = _with_inner_defaults(inputs[name], rule.inner_defaults)
            elif rule.default is not None:
                planned[name] = rule.default
            elif rule.computed:
                planned[name] = UNKNOWN if state is None else before.get(name)
        changed = self._changed(before, planned)
        if state is not None and changed:
            for name, rule in self.rules.items():
                if rule.volatile and name not in inputs:
                    planned[name] = UNKNOWN
            changed = self._changed(before, planned)
        planned = {name: value for name, value in planned.items() if value is not None}
        replaces = self.adjust(state, planned)
        if state is not None:
            replaces |= {name for name in changed if self._rule(name).replaces}
        return Plan(state=planned, changed=sorted(changed), replaces=sorted(replaces))

    def inputs_after_refresh(self, inputs: Properties, state: Properties) -> Properties:
        """The inputs that were declared, with the values that the service has now."""
        return {
            name: _refreshed(value, state[name]) for name, value in inputs.items() if name in state
        }

    def inputs_of_import(self, state: Properties) -> Properties:
        """Inputs that would declare the resource as the service has it, without empty values."""
        return _declarable(state, self.shape.inputs, self.shape.required | self.required)

    def _exclusions(self, inputs: Properties) -> Iterator["Problem"]:
        by_snake = {item.snake: item.name for item in self.shape.inputs.values()}
        for one, others in self.excluded.items():
            for other in others:
                if by_snake[one] in inputs and inputs.get(by_snake[other], UNKNOWN) is not UNKNOWN:
                    reason = (
                        f'Invalid Attribute Combination. Attribute "{other}" cannot be specified '
                        f'when "{one}" is specified'
                    )
                    yield Problem(reason=reason, path=by_snake[one])

    def _rule(self, name: str) -> Rule:
        return self.rules.get(name, _NO_RULE)

    def _changed(self, before: Properties, planned: Properties) -> set[str]:
        return {
            name
            for name in self.shape.properties
            if not _same(before.get(name), planned.get(name), self._rule(name).unordered)
        }


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A refused input.

    Attributes:
        reason: What is wrong, with the provider's own names.
        path: Where: the input, and what is inside it, with the engine's names.
    """

    reason: str
    path: str

    def text(self, name: str) -> str:
        """The problem as the user reads it, of the resource of that name."""
        return f"{self.reason}. Examine values at '{name}.{self.path}'."


def number_of(resource_id: str, state: Properties, refusal: str) -> str:
    """The number of a resource, whose id it is; see `id_parts`."""
    return id_parts(resource_id, state, r"\d+", refusal)[0]


def id_parts(resource_id: str, state: Properties, pattern: str, refusal: str) -> re.Match[str]:
    """The parts of a resource's id: of its last known one, or of what the user asked to import.

    Raises:
        ProviderError: It is no such id; the text is `refusal`, with the id in place of `{}`.
    """
    found = str(state.get("id") or resource_id)
    if parts := re.fullmatch(pattern, found):
        return parts
    raise ProviderError(refusal.format(found))


def one_of(value: object, allowed: tuple[str, ...], *, attribute: str, path: str) -> list[Problem]:
    """The problem with a value that is not one of those allowed; an unknown value passes."""
    if value is UNKNOWN or value is None or value in allowed:
        return []
    quoted = " ".join(f'"{item}"' for item in allowed)
    reason = (
        f"Invalid Attribute Value Match. Attribute {attribute} value must be one of: [{quoted}], "
        f'got: "{value}"'
    )
    return [Problem(reason=reason, path=path)]


_NO_RULE = Rule()


def _with_inner_defaults(value: object, defaults: Mapping[str, Any]) -> object:
    if isinstance(value, list):
        return [_with_inner_defaults(item, defaults) for item in value]
    if isinstance(value, Mapping):
        return {**defaults, **value}
    return value


def _same(one: object, other: object, unordered: bool) -> bool:
    if has_unknown(one) or has_unknown(other):
        return False
    return _comparable(one, unordered) == _comparable(other, unordered)


def _comparable(value: object, unordered: bool) -> object:
    if isinstance(value, list):
        items = [_comparable(item, unordered) for item in value]
        return sorted(items, key=repr) if unordered else items
    if isinstance(value, Mapping):
        return {
            name: _comparable(value[name], unordered)
            for name in sorted(value)
            if value[name] is not None
        }
    return value


def _refreshed(old: object, new: object) -> object:
    if isinstance(old, list) and isinstance(new, list):
        return [_refreshed(a, b) for a, b in zip(old, new, strict=False)]
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {name: _refreshed(old[name], new[name]) for name in old if name in new}
    return new


def _declarable(
    value: Mapping[str, Any], properties: Mapping[str, sdk.Property], required: frozenset[str]
) -> Properties:
    found = {}
    for name, item in value.items():
        if name not in properties:
            continue
        kept = _declarable_value(item, properties[name].type)
        if name in required or kept not in (None, False, 0, "", [], {}):
            found[name] = kept
    return found


def _declarable_value(value: object, of: sdk.Type) -> object:
    if isinstance(value, list) and of.element:
        return [_declarable_value(item, of.element) for item in value]
    if isinstance(value, Mapping) and not of.element:
        required = frozenset(name for name, item in of.fields.items() if not item.optional)
        return _declarable(value, of.fields, required)
    return value


def _mistyped(value: object, of: sdk.Type, path: str) -> list[str]:
    if value is UNKNOWN or value is None:
        return []
    parts: list[tuple[object, sdk.Type, str]] = []
    if isinstance(value, list) and of.element:
        parts = [(item, of.element, f"{path}[{index}]") for index, item in enumerate(value)]
    elif isinstance(value, Mapping) and of.kind == "object":
        types = {name: item.type for name, item in of.fields.items()}
        if of.element:
            types = dict.fromkeys(value, of.element)
        parts = [(value[name], types[name], f"{path}.{name}") for name in value if name in types]
    elif not isinstance(value, _PYTHON_TYPES[of.kind]) or (
        of.kind != "boolean" and isinstance(value, bool)
    ):
        article = "an" if of.kind[0] in "aeiou" else "a"
        return [f"Expected {article} {of.kind}. Examine values at '{path}'."]
    return [text for part in parts for text in _mistyped(*part)]


_PYTHON_TYPES: Mapping[str, type | tuple[type, ...]] = {
    **{kind: python for python, kind in sdk.PRIMITIVES.items()},
    **{"number": (int, float), "array": list, "object": Mapping},
}
