"""Replacing a service token without an interruption: generations, and the one before that is kept for a while."""

from typing import Annotated, Any, ClassVar, NotRequired, TypedDict

import pulumi
from pydantic import Field, model_validator

from pulumi_dbtcloud_datafold.settings.problems import broken_rule
from pulumi_dbtcloud_datafold.settings.settings_model import SettingsModel


class RotationArgs(TypedDict):
    """Which generation of a token is declared."""

    generation: NotRequired[int]
    """Raise it by one to rotate: a new token beside or instead of the one before. Default: 1."""
    keep_previous: NotRequired[bool]
    """Keep the token of the generation before, unchanged, until all have moved over. Default: false."""


class Rotation(SettingsModel):
    """`RotationArgs`, checked."""

    args_type: ClassVar[type] = RotationArgs

    generation: Annotated[int, Field(ge=1)] = 1
    keep_previous: bool = False

    @model_validator(mode="after")
    def _previous_exists(self) -> "Rotation":
        if self.keep_previous and self.generation == 1:
            raise broken_rule(
                "generation 1 has no previous token to keep",
                "raise generation to 2, or remove keep_previous",
            )
        return self


def in_generation(name: pulumi.Input[str], generation: int, separator: str) -> Any:  # noqa: ANN401 - str or Output
    """Return the name of the first generation as it is, and that of a later one with its number."""
    if generation == 1:
        return name
    if isinstance(name, str):
        return f"{name}{separator}{generation}"
    return pulumi.Output.concat(name, separator, str(generation))
