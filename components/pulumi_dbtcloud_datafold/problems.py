"""What is wrong with an input, as data, and the one place that turns it into text.

A problem says where (dotted path as the user typed it), what is wrong, and how to fix it. All problems of an
input are reported together; values are never echoed unless a rule of ours quotes one that cannot be a secret.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

MAX_LISTED = 10
"""Up to this many legal values are listed in a fix."""

_FIXES = {
    "missing": "add this key",
    "bool_type": "write true or false",
    "int_type": "write a whole number without quotes",
    "string_type": "write text; put it in quotes if it looks like a number",
    "list_type": "write a list, e.g. [a, b]",
    "dict_type": "write a block of keys",
    "model_type": "write a block of keys",
    "greater_than": "choose a larger number",
    "greater_than_equal": "choose a larger number",
    "less_than_equal": "choose a smaller number",
    "string_too_short": "write at least one character",
    "string_too_long": "shorten it",
    "too_short": "add at least one item",
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where, what, and the way out."""

    path: str
    problem: str
    fix: str

    def __str__(self) -> str:
        """Return the problem as three lines."""
        return f"  {self.path}\n    problem: {self.problem}\n    fix:     {self.fix}"


class ConfigurationError(ValueError):
    """Inputs that cannot be used; `problems` has every one of them.

    Attributes:
        where: File or component the paths belong to.
        problems: At least one.
    """

    def __init__(self, where: str, problems: Sequence[Problem]) -> None:
        """Keep the problems as data and make the text once."""
        self.where = where
        self.problems = list(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__("\n".join([f"{where}: {count}", *map(str, self.problems)]))


def broken_rule(problem: str, fix: str) -> PydanticCustomError:
    """Return what a validator raises: the problem in its own words, with the way out as data."""
    return PydanticCustomError("rule", "{problem}", {"problem": problem, "fix": fix})


def problems_from(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Translate pydantic's findings about `model`; no input value is taken over."""
    found = []
    for item in error.errors(include_url=False, include_input=False):
        location = item["loc"]
        if item["type"] == "extra_forbidden":
            problem, fix = (
                "this key is not known",
                unknown_key_fix(str(location[-1]), _keys_at(model, location[:-1])),
            )
        else:
            problem = item["msg"]
            context = item.get("ctx", {})
            fix = (
                context.get("fix")
                or _literal_fix(context)
                or _FIXES.get(item["type"], "see README.md, section Configuration")
            )
        found.append(Problem(dotted(location), problem, str(fix)))
    return found


def unknown_key_fix(key: str, known: Iterable[str]) -> str:
    """Suggest the nearest known key, or list the known ones."""
    return near_or_all(key, known, "known keys")


def near_or_all(written: str, known: Iterable[str], what: str) -> str:
    """Suggest the nearest of the known names, or list them all if they are few."""
    names = sorted(known)
    if near := difflib.get_close_matches(written, names, n=1):
        return f"did you mean '{near[0]}'?"
    if len(names) <= MAX_LISTED:
        return f"{what}: {', '.join(names) or 'none'}"
    return f"see README.md, section Configuration, for the {what}"


def dotted(location: Sequence[str | int]) -> str:
    """Write `("projects", "a", "execute_steps", 2)` as `projects.a.execute_steps[2]`."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _literal_fix(context: dict[str, Any]) -> str | None:
    expected = context.get("expected")
    return f"write {expected}" if expected else None


def _keys_at(model: type[BaseModel], location: Sequence[str | int]) -> Iterable[str]:
    """Return the keys a section has, found by following the location through the models."""
    current: Any = model
    for part in location:
        if _is_model(current):
            field = current.model_fields.get(str(part))
            current = field.annotation if field else None
        else:
            current = (get_args(current) or (None,))[-1]
        if get_origin(current) in (Union, UnionType):
            current = next(option for option in get_args(current) if option is not type(None))
    return current.model_fields.keys() if _is_model(current) else ()


def _is_model(candidate: Any) -> bool:  # noqa: ANN401 - asks what an annotation is
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)
