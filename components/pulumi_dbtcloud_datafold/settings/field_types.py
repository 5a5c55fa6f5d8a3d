"""Types of values that several settings have: a pattern for editors, words for people."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from pulumi_dbtcloud_datafold.settings.problems import broken_rule

NAME_LIMIT = 255
"""dbt Cloud documents none; it is the one of a job's description."""

_UNSEEN = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
"""Unicode's categories of characters without a shape of their own."""

_BLANK_LETTERS = "\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5"
"""Fillers of Hangul, the empty Braille pattern, a joiner and two vowels of Khmer: they count as letters, signs or
marks, and show nothing."""
_UNSEEN_VARIANT = re.compile(
    "(?:^|[^\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff0-9#*])([\ufe0e\ufe0f])|([\ufe00-\ufe0d\U000e0100-\U000e01ef])"
)
"""Selectors of a variant, which show nothing themselves. Emoji have the last two: \u2600\ufe0f."""


_JOINED_EMOJI = re.compile(
    "(?<=[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d(?=[\u2190-\u2bff\U0001f000-\U0001faff])"
)
"""What makes one emoji of two, as of woman and computer: between emoji it is seen."""


@dataclass(frozen=True)
class Form:
    """What a text has to look like, for `Annotated[str, Form(...)]`.

    Attributes:
        pattern: From `^` to `$`.
        problem: The message about a text that does not match; it never quotes the text.
        fix: The way out, with an example.
    """

    pattern: str
    problem: str
    fix: str

    def __get_pydantic_core_schema__(
        self,
        source: Any,  # noqa: ANN401 - pydantic's signature
        handler: GetCoreSchemaHandler,
    ) -> CoreSchema:
        """Add the check."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Add the pattern."""
        return {**handler(schema), "pattern": self.pattern}

    def _check(self, value: str) -> str:
        if not re.fullmatch(self.pattern, value):
            raise broken_rule(self.problem, self.fix)
        return value


def unseen_character(value: str) -> str | None:
    """Return the first character that nobody sees, as `U+200B`; None if there is none.

    A plain space is seen, and so is the wide one of East Asian texts.
    """
    for character in _JOINED_EMOJI.sub("", value):
        category = unicodedata.category(character)
        is_odd_space = category == "Zs" and character not in " \u3000"
        if category in _UNSEEN or is_odd_space or character in _BLANK_LETTERS:
            return f"U+{ord(character):04X}"
    variant = _UNSEEN_VARIANT.search(value)
    return f"U+{ord(variant[1] or variant[2]):04X}" if variant else None


def _shown_name(value: str) -> str:
    if "\n" in value or "\r" in value:
        raise broken_rule("this name has a line break", "write it on one line")
    if unseen := unseen_character(value):
        raise broken_rule(
            f"this name has the character {unseen}, which nobody sees in dbt Cloud",
            "remove it, or write a plain space",
        )
    if value != value.strip():
        raise broken_rule(
            "this name begins or ends with a space, which nobody sees in dbt Cloud", "remove it"
        )
    return value


Visible = AfterValidator(_shown_name)
"""Without characters that nobody sees."""

DisplayName = Annotated[str, Field(min_length=1, max_length=NAME_LIMIT), Visible]
"""A name that people read in dbt Cloud, and by which they choose a job."""

_NO_BRANCH = re.compile(
    r"^@$|^HEAD$|^[-/.]|//|/\.|\.\.|@\{|[\x00-\x20~^:?*\[\\\x7f]|(?:/|\.|\.lock)$|\.lock/"
)
"""What git refuses in the name of a branch. Source: `git check-ref-format --help`."""


def _branch_name(value: str) -> str:
    if value.startswith("refs/"):
        raise broken_rule(
            "this is a reference, and the name of a branch is wanted",
            "write it without refs/heads/, e.g. main",
        )
    if _NO_BRANCH.search(value) or unseen_character(value):
        raise broken_rule("git allows no branch of this name", "write the branch, e.g. main")
    return value


BranchName = Annotated[str, Field(min_length=1), AfterValidator(_branch_name)]
"""A branch of a git repository."""

DbtCloudId = Annotated[int, Field(gt=0)]
"""The number of anything in dbt Cloud."""

DbtVersion = Annotated[
    str,
    Form(
        r"^([0-9]+\.[0-9]+\.0-(latest|pre)|latest|compatible|extended|versionless|fallback"
        r"|latest-fusion|fusion-(stable|extended|nightly|fallback))$",
        "this is not a dbt version that dbt Cloud knows",
        "write a release track: latest, compatible, extended, fallback, latest-fusion; or, where the account still "
        "has them, a version as dbt Cloud writes it, e.g. 1.9.0-latest",
    ),
]


def no_repeats(values: list[Any]) -> list[Any]:
    """Refuse a list in which something is twice; for a list of numbers or texts."""
    if len(set(values)) != len(values):
        raise broken_rule("a value is there twice", "list each one once")
    return values
