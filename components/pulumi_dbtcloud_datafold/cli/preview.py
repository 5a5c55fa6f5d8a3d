"""A preview: which jobs, environments and tokens `pulumi up` would create, and which the stack has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Pulumi's mark for a value that is known only after something else was created."""

Kind = Literal["environment", "service_token", "job", "variable", "notification", "webhook"]
KINDS: dict[str, Kind] = {
    "dbtcloud:index/environment:Environment": "environment",
    "dbtcloud:index/serviceToken:ServiceToken": "service_token",
    "dbtcloud:index/job:Job": "job",
}
"""What can be adopted, in the order in which it is looked for: environments before jobs."""
_ROOT = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class Declared:
    """An object of dbt Cloud that the program declares and the stack does not have.

    Attributes:
        urn: Its address in the stack.
        component: Pulumi name of the component it belongs to, or its own.
        inputs: What it is declared with, as the provider names it; a value may be `UNKNOWN`.
        depends: By input, the addresses of the resources whose outputs it is made of.
        protect: The program protects it.
        number: The value of `adopt_job_id` or `adopt_token_id`; `pulumi up` then takes it over by itself.
        parent: Address of its component; empty without one.
        provider: Address of its provider.
        kept: Properties that stay as they are, whatever is declared.
    """

    kind: Kind
    urn: str
    component: str
    inputs: Mapping[str, Any]
    depends: Mapping[str, Sequence[str]]
    protect: bool
    number: str | None = None
    parent: str = ""
    provider: str = ""
    kept: Sequence[str] = ()

    @property
    def name(self) -> str:
        """Its Pulumi name."""
        return self.urn.rpartition("::")[2]

    def known(self, key: str) -> Any:  # noqa: ANN401 - any input
        """Return an input; None if it is absent or not known yet."""
        value = self.inputs.get(key)
        return None if value == UNKNOWN else value


@dataclass
class Preview:
    """A preview, sorted.

    Attributes:
        declared: What the stack does not have.
        managed: What the stack has: by kind, addresses by number.
        providers: Inputs of the providers, by their addresses.
    """

    declared: list[Declared] = field(default_factory=list)
    managed: dict[Kind, dict[int, str]] = field(
        default_factory=lambda: {kind: {} for kind in KINDS.values()}
    )
    providers: dict[str, Mapping[str, Any]] = field(default_factory=dict)


def read(output: Mapping[str, Any]) -> Preview:
    """Sort the steps of `pulumi preview --json`."""
    preview = Preview()
    for step in output["steps"]:
        new, old = step.get("newState") or {}, step.get("oldState") or {}
        type_ = (new or old).get("type", "")
        if type_.startswith("pulumi:providers:"):
            preview.providers[step["urn"]] = (new or old).get("inputs") or {}
        kind = KINDS.get(type_)
        if kind is None:
            continue
        if step["op"] in ("create", "import"):
            preview.declared.append(declared(kind, step["op"], new))
        elif (number := managed_number(kind, old)) is not None:
            preview.managed[kind][number] = step["urn"]
    # An import is followed by a step that updates what was imported; it is one resource.
    by_urn = {resource.urn: resource for resource in reversed(preview.declared)}
    preview.declared = list(by_urn.values())
    order = list(KINDS.values())
    preview.declared.sort(key=lambda resource: (order.index(resource.kind), resource.name))
    return preview


def managed_number(kind: Kind, state: Mapping[str, Any]) -> int | None:
    """Return the number in dbt Cloud of a resource in the state."""
    outputs = state.get("outputs") or {}
    found = {
        "environment": outputs.get("environmentId"),
        "service_token": state.get("id"),
        "job": outputs.get("jobId"),
    }[kind]
    return int(found) if found is not None and found != UNKNOWN else None


def declared(kind: Kind, op: str, new: Mapping[str, Any]) -> Declared:
    """Return a resource that a step of the preview makes.

    Args:
        kind: What it is.
        op: Pulumi's name of the step.
        new: The resource as it is to be.
    """
    parent = str(new.get("parent", ""))
    is_of_stack = f"::{_ROOT}::" in parent
    own = str(new["urn"]).rpartition("::")[2]
    return Declared(
        kind=kind,
        urn=new["urn"],
        component=own if is_of_stack else parent.rpartition("::")[2],
        inputs=new.get("inputs") or {},
        depends=new.get("propertyDependencies") or {},
        protect=bool(new.get("protect")),
        number=str(new.get("importID") or new.get("id")) if op == "import" else None,
        parent="" if is_of_stack else parent,
        provider=str(new.get("provider", "")).rpartition("::")[0],
        kept=new.get("ignoreChanges") or (),
    )
