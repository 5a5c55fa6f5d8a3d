"""Adoption of an object of dbt Cloud by its number, as the configuration names it (`adopt_job_id`, `adopt_token_id`).

Pulumi's option `import_` imports the object and updates it in one `pulumi up`. The option must be gone once the stack
has the object: Pulumi compares it with the resource's id, and the provider gives every job the id `missing ID`. A job
that was imported by `pulumi import`, or created by the stack, would be imported again and then deleted as the old one.
Therefore the option is set only while the stack does not have the resource.
"""

from dataclasses import dataclass

import pulumi

from pulumi_dbtcloud_datafold.engine.run_context import is_mocked, run_context
from pulumi_dbtcloud_datafold.engine.stack_state import Outputs, stack_outputs
from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError, Problem


@dataclass(frozen=True)
class Adoptable:
    """A kind of resource that can be adopted.

    Attributes:
        type_token: Its type in Pulumi.
        key: The setting that names the number.
        number_output: The output that has the number.
        refusal: Why an object cannot become the resource, where the engine would replace it; `{number}` is its number.
    """

    type_token: str
    key: str
    number_output: str
    refusal: str

    def number(self, outputs: Outputs) -> int | None:
        """Return the number of a resource in the state; None if it has none yet."""
        found = outputs.get(self.number_output)
        return None if found is None else int(found)


@dataclass(frozen=True)
class Adoption:
    """What becomes of a resource that may adopt an object.

    Attributes:
        import_: Pulumi's option of that name.
        refusal: Why the resource must not be created; None if it may be.
    """

    import_: str | None = None
    refusal: str | None = None


class _AdoptedNumbers:
    """Which resource of the program adopts an object, by the kind and number of the object."""

    def __init__(self) -> None:
        self.names: dict[tuple[Adoptable, int], str] = {}


def adopt(
    kind: Adoptable, name: str, number: int | None, component: pulumi.ComponentResource
) -> Adoption:
    """Return how a resource adopts the object with a number, as long as the stack does not have the resource.

    What was adopted is never replaced while the number is in the configuration.

    Args:
        kind: What it is.
        name: Pulumi name of the resource, a child of `component`.
        number: The configured number, if there is one.
        component: A warning about a setting without effect is shown with it.

    Raises:
        ConfigurationError: The program adopts the same number as something else too.
    """
    if number is None:
        return Adoption()
    numbers = {
        urn: kind.number(outputs)
        for urn, outputs in stack_outputs().items()
        if f"{kind.type_token}::" in urn
    }
    ending = f"{component.pulumi_resource_type}${kind.type_token}::{name}"
    current = next((found for urn, found in numbers.items() if urn.endswith(ending)), None)
    if current not in (None, number):
        pulumi.log.warn(
            f"'{name}' is to adopt {number}, but the stack has number {current} here: the setting has no effect. "
            f"Remove it; to take {number} instead, give up the other first (pulumi state delete)",
            component,
        )
        return Adoption()
    owner = next((urn for urn, found in numbers.items() if found == number), None)
    if is_mocked():
        return Adoption(str(number))
    _claim(kind, number, name, component)
    refusal = kind.refusal.format(number=number)
    if owner and current is None:
        # Either the owner is renamed, which creates nothing, or a second resource asks for its number.
        refusal = _owned(number, owner)
    return Adoption(None if owner else str(number), refusal)


def _claim(kind: Adoptable, number: int, name: str, component: pulumi.ComponentResource) -> None:
    """Take note that this program adopts a number.

    Raises:
        ConfigurationError: It does so as something else too.
    """
    first = run_context().part(_AdoptedNumbers).names.setdefault((kind, number), name)
    if first != name:
        problem = Problem(
            kind.key, f"{number} is to be adopted as '{first}' too", "leave it to one of the two"
        )
        where = f"{type(component).__name__} '{component.pulumi_resource_name}'"
        raise ConfigurationError(where, [problem])


def _owned(number: int, owner: str) -> str:
    return (
        f"{number} belongs to this stack as '{owner.rpartition('::')[2]}' already, and cannot be adopted as well. "
        "Remove the setting; if a block or component was renamed, tell Pulumi its old name (previous_names, or aliases)"
    )
