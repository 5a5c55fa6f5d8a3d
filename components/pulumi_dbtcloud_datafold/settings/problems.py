"""What is wrong with an input, as data, and the one place that turns it into text.

A problem names where it is (dotted path as the user typed it), what is wrong, and how to fix it. All problems of an
input are reported together. A message quotes a value only where a rule of ours quotes one that cannot be a secret, and
a short one where a number, a switch or one of a few words belongs.
"""

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, TypeGuard, Union, get_args, get_origin

import pulumi
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

RULE = "rule"
"""What pydantic calls an error that one of our own rules has raised."""

MAX_LISTED = 10
"""Up to this many legal values are listed in a fix."""

A_KEY_ITSELF = "[key]"
"""The last part of pydantic's location where the key is wrong, not the value."""

MAX_SHOWN = 20
"""Up to this many problems are shown, so that the first ones do not scroll away."""

SHOWN_CHARACTERS = 300
"""A text of a server is cut after so many characters."""

_COLORS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")

_TOKEN = re.compile(r"\bdbt[a-z]_[\w-]{6,}|\b[0-9a-f]{40}\b")
"""The token of a service or a user; the older ones are hexadecimal."""

_NO_BLOCK = ("this is not a block of keys", "write keys with their values, e.g. {example}")
_NO_TEXT = ("this is not text", "write text; put it in quotes if it looks like a number")
_WORDS = {
    "missing": ("this key is missing", "add it"),
    "bool_type": ("this is neither true nor false", "write true or false, without quotes"),
    "int_type": ("this is not a whole number", "write a whole number without quotes"),
    "string_type": _NO_TEXT,
    "string_unicode": _NO_TEXT,
    "list_type": ("this is not a list", "write it in brackets, e.g. {example}"),
    "dict_type": _NO_BLOCK,
    "model_type": _NO_BLOCK,
    "greater_than": ("this number is too small", "write one above {gt}"),
    "greater_than_equal": ("this number is too small", "write {ge} or more"),
    "less_than_equal": ("this number is too large", "write {le} or less"),
    "string_too_short": ("this text is empty", "write at least one character, or remove the key"),
    "string_too_long": ("this text is too long", "write {max_length} characters or less"),
    "too_short": ("there is nothing in it", "add at least one item"),
    "literal_error": ("this is none of the values it can have", "write {expected}"),
}
"""What pydantic finds, by its own name for it: the problem and the way out in words for people."""

_EXAMPLES = {
    "production": "{id: 101}",
    "pull_request": "{id: 102}",
    "execute_steps": "[dbt build]",
    **dict.fromkeys(("hours", "days"), "[2]"),
    "retriableStatusCodes": "[409]",
    "project_ids": "[42]",
    "emails": "[data@example.com]",
    "events": "[failure]",
}
"""An example of a list or block, by its key."""
_SHOWN = (
    "bool_type",
    "int_type",
    "literal_error",
    "greater_than",
    "greater_than_equal",
    "less_than_equal",
)
"""Findings about values that are numbers, switches or one of a few words: a short value is quoted."""
_SHORT = re.compile(r"[\w .:+-]{1,8}")

_NO_WORDS = ("this value cannot be used", "see docs/configuration-reference.md")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where, what, and the way out."""

    path: str
    problem: str
    fix: str

    def __post_init__(self) -> None:
        """Leave out what looks like a token of dbt Cloud: one may be pasted where a name belongs."""
        for name, text in vars(self).items():
            object.__setattr__(self, name, _TOKEN.sub("<a token>", text))

    def __str__(self) -> str:
        """Return the problem as three lines."""
        return f"  {self.path}\n    problem: {self.problem}\n    fix:     {self.fix}"


class ConfigurationError(pulumi.RunError, ValueError):
    """Inputs that cannot be used; `problems` has every one of them.

    In any program Pulumi prints it without a traceback, as a `RunError`.

    Attributes:
        where: File or component the paths belong to.
        problems: At least one.
    """

    def __init__(self, where: str, problems: Sequence[Problem]) -> None:
        """Keep the problems as data and make the text once."""
        self.where = where
        self.problems = list(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        if len(self.problems) > MAX_SHOWN:
            count += f", of which these are the first {MAX_SHOWN}"
        shown = self.problems[:MAX_SHOWN]
        super().__init__("\n".join([f"{where}: {count}", *map(str, shown)]))


def broken_rule(problem: str, fix: str) -> PydanticCustomError:
    """Return what a validator raises: the problem in its own words, with the way out as data."""
    return PydanticCustomError(RULE, "{problem}", {"problem": problem, "fix": fix})


def require_one(
    settings: BaseModel, keys: Sequence[str], rule: str, fix: str, *, or_none: bool = False
) -> None:
    """Refuse settings that do not set exactly one of the keys; false counts as not set.

    Args:
        settings: What a validator checks.
        keys: At least two.
        rule: The beginning of the problem, e.g. "a schedule has"; the rest lists the keys and what was found.
        fix: The way out, with an example.
        or_none: None of them is right too.
    """
    found = [key for key in keys if getattr(settings, key) not in (None, False)]
    if len(found) == 1 or (or_none and not found):
        return
    count = "at most" if or_none else "exactly"
    state = f"{' and '.join(found)} are set" if found else "none of them is set"
    raise broken_rule(f"{rule} {count} one of {', '.join(keys[:-1])} and {keys[-1]}; {state}", fix)


def problems_from(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Translate pydantic's findings about `model`; of inputs only short ones of a number, a switch or a choice."""
    found = []
    for item in error.errors(include_url=False):
        location = item["loc"]
        if item["type"] == "extra_forbidden":
            problem, fix = "this key is not known", _fix_at(model, location)
        elif item["type"] == RULE:
            problem, fix = item["ctx"]["problem"], item["ctx"]["fix"]
        else:
            problem, fix = _WORDS.get(item["type"], _NO_WORDS)
            other = "[a, b]" if item["type"] == "list_type" else "{key: value}"
            example = _EXAMPLES.get(str(location[-1]) if location else "", other)
            fix = fix.format_map({**item.get("ctx", {}), "example": example})
            if item["type"] in _SHOWN:
                problem += _shown(item["input"])
        found.append(Problem(dotted(location), problem, fix))
    return found


def _shown(value: Any) -> str:  # noqa: ANN401 - any input
    """Return a value as the end of a problem; nothing for what is long, or no plain value."""
    is_scalar = isinstance(value, bool | int | float | str)
    text = f"'{value}'" if isinstance(value, str) else json.dumps(value) if is_scalar else ""
    return f": {text}" if _SHORT.fullmatch(text.strip("'")) else ""


def unknown_key_fix(key: str, known: Iterable[str]) -> str:
    """Suggest the nearest known key, or list the known ones if they are few."""
    names = sorted(known)
    if near := difflib.get_close_matches(key, names, n=1):
        return f"did you mean '{near[0]}'?"
    if len(names) <= MAX_LISTED:
        return f"known keys: {', '.join(names) or 'none'}"
    return "see docs/configuration-reference.md for the known keys"


def dotted(location: Sequence[str | int]) -> str:
    """Write `("projects", "a", "execute_steps", 2)` as `projects.a.execute_steps[2]`."""
    text = ""
    for part in location:
        if part == A_KEY_ITSELF:
            continue
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _fix_at(model: type[BaseModel], location: Sequence[str | int]) -> str:
    """Return the fix of an unknown key: this project's key for one of another tool, or else the nearest."""
    key, block = str(location[-1]), _block_at(model, location[:-1])
    foreign: Mapping[str, str] = getattr(block, "foreign_keys", {})
    return foreign.get(key) or unknown_key_fix(key, block.model_fields if block else ())


def _block_at(model: type[BaseModel], location: Sequence[str | int]) -> type[BaseModel] | None:
    """Return the model of a block, found by following the location through the models."""
    current: Any = model
    for part in location:
        if _is_model(current):
            field = current.model_fields.get(str(part))
            current = field.annotation if field else None
        else:
            current = (get_args(current) or (None,))[-1]
        if get_origin(current) in (Union, UnionType):
            current = next(option for option in get_args(current) if option is not type(None))
    return current if _is_model(current) else None


def _is_model(candidate: Any) -> TypeGuard[type[BaseModel]]:  # noqa: ANN401 - asks what an annotation is
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)


def found_by(type_: str) -> str:
    """Return what pydantic has found, by its own name for it, in words."""
    return _WORDS.get(type_, _NO_WORDS)[0]


def one_line(text: str) -> str:
    """Return a text of a server for people: on one line, without colors and control characters, masked and cut."""
    plain = " ".join(_COLORS.sub("", text[: SHOWN_CHARACTERS * 4]).split())
    plain = masked("".join(character if character.isprintable() else "?" for character in plain))
    return plain if len(plain) <= SHOWN_CHARACTERS else f"{plain[:SHOWN_CHARACTERS]}..."


def masked(text: str) -> str:
    """Return a text without what looks like a token of dbt Cloud."""
    return _TOKEN.sub("<a token>", text)
