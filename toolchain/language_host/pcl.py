"""Read PCL, the language in which the engine hands over programs to be written in Python.

PCL is a use of HashiCorp's HCL. Read here is what `pulumi import` writes: blocks, attributes,
literals, templates, lists, objects, references and calls. Not read: operators, conditionals, `for`,
`range` and heredocs, which only `pulumi convert` writes.

Source: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

_Item = TypeVar("_Item")

_BLANK = re.compile(r"(?:\s|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_IDENTIFIER = re.compile(r"[^\W\d][\w-]*")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_TEXT = re.compile(r'(?:[^"\\$%]|[$%](?!\{))+')
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


class PclError(Exception):
    """The text is not PCL, or PCL that is not read here."""

    def __init__(self, problem: str, line: int) -> None:
        """Say what is wrong in which line, counted from 1."""
        super().__init__(problem)
        self.line = line


@dataclass(frozen=True)
class Literal:
    """A string, number, boolean or null."""

    value: str | int | float | bool | None


@dataclass(frozen=True)
class Template:
    """A string with expressions in it."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True)
class ListOf:
    """A list."""

    items: tuple["Expression", ...]


@dataclass(frozen=True)
class ObjectOf:
    """An object or map; `quoted` keys are a map's own, the others name properties."""

    items: tuple[tuple["Key", "Expression"], ...]


@dataclass(frozen=True)
class Key:
    """A key of an object."""

    text: str
    quoted: bool


@dataclass(frozen=True)
class Reference:
    """A variable and the way into it: attribute names and indexes."""

    root: str
    path: tuple[str | int, ...]


@dataclass(frozen=True)
class Call:
    """A call of a function."""

    function: str
    args: tuple["Expression", ...]
    line: int


Expression = Literal | Template | ListOf | ObjectOf | Reference | Call


@dataclass(frozen=True)
class Block:
    """A block: `type label label { ... }`."""

    type: str
    labels: tuple[str, ...]
    line: int
    attributes: dict[str, Expression] = field(default_factory=dict)
    blocks: list["Block"] = field(default_factory=list)


def parse(text: str) -> list[Block]:
    """Return the blocks of a file.

    Raises:
        PclError: it cannot be read.
    """
    body = Block("", (), 1)
    _Parser(text).body(body, end="")
    if body.attributes:
        message = f"`{next(iter(body.attributes))} =` outside of a block"
        raise PclError(message, 1)
    return body.blocks


class _Parser:
    """Reads a text from front to back, one method for each thing of the grammar."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def body(self, block: Block, end: str) -> None:
        """Read attributes and blocks into `block` up to `end`; "" is the end of the text."""
        while not self._ends_with(end):
            line = self._line()
            name = self._identifier()
            if self._takes("="):
                block.attributes[name] = self._expression()
                continue
            labels: list[str] = []
            while not self._takes("{"):
                labels.append(self._label())
            inner = Block(name, tuple(labels), line)
            self.body(inner, end="}")
            block.blocks.append(inner)

    def _ends_with(self, end: str) -> bool:
        self._skip_blank()
        if self._at == len(self._text):
            if end:
                raise self._error(f"{end!r} is missing")
            return True
        return bool(end) and self._takes(end)

    def _label(self) -> str:
        if self._peek() == '"':
            label = self._string()
            if isinstance(label, Literal) and isinstance(label.value, str):
                return label.value
            raise self._error("a label has an expression in it")
        return self._identifier()

    def _expression(self) -> Expression:
        first = self._peek()
        if first == '"':
            return self._string()
        if first == "[":
            self._takes("[")
            return ListOf(self._sequence("]", self._expression))
        if first == "{":
            self._takes("{")
            return ObjectOf(self._sequence("}", self._entry))
        number = _NUMBER.match(self._text, self._at)
        if number:
            self._at = number.end()
            return Literal(_number(number.group()))
        return self._named()

    def _named(self) -> Expression:
        line = self._line()
        name = self._identifier()
        if name in _CONSTANTS:
            return Literal(_CONSTANTS[name])
        if self._text.startswith("(", self._at):
            self._takes("(")
            return Call(name, self._sequence(")", self._expression), line)
        path: list[str | int] = []
        while self._at < len(self._text) and self._text[self._at] in ".[":
            if self._takes("."):
                path.append(self._identifier())
                continue
            self._takes("[")
            index = self._expression()
            if not isinstance(index, Literal) or not isinstance(index.value, str | int):
                raise self._error("an index that is not a number or a string")
            path.append(index.value)
            self._require("]")
        return Reference(name, tuple(path))

    def _entry(self) -> tuple[Key, Expression]:
        quoted = self._peek() == '"'
        key = Key(self._label(), quoted)
        if not self._takes("="):
            self._require(":")
        return key, self._expression()

    def _sequence(self, end: str, item: Callable[[], _Item]) -> tuple[_Item, ...]:
        items: list[_Item] = []
        while not self._takes(end):
            items.append(item())
            self._takes(",")
        return tuple(items)

    def _string(self) -> Expression:
        self._takes('"')
        parts: list[Expression] = []
        text = ""
        while not self._text.startswith('"', self._at):
            if self._text.startswith(("$${", "%%{"), self._at):
                text += self._text[self._at] + "{"
                self._at += 3
            elif self._text.startswith("${", self._at):
                if text:
                    parts.append(Literal(text))
                    text = ""
                self._at += 2
                parts.append(self._expression())
                self._require("}")
            else:
                text += self._characters()
        self._at += 1
        if not parts:
            return Literal(text)
        if text:
            parts.append(Literal(text))
        return parts[0] if len(parts) == 1 else Template(tuple(parts))

    def _characters(self) -> str:
        escape = _ESCAPE.match(self._text, self._at)
        if escape:
            self._at = escape.end()
            code = escape.group(1) or escape.group(2)
            if code:
                return chr(int(code, 16))
            if escape.group(3) in _ESCAPED:
                return _ESCAPED[escape.group(3)]
            raise self._error(f"{escape.group()!r} in a string")
        plain = _TEXT.match(self._text, self._at)
        if plain is None:
            raise self._error("a string that does not end, or a `%{` in it")
        self._at = plain.end()
        # A `$` or `%` that escapes itself is left for the caller.
        if plain.group().endswith(("$", "%")) and self._text.startswith(("${", "%{"), self._at):
            self._at -= 1
            return plain.group()[:-1]
        return plain.group()

    def _identifier(self) -> str:
        self._skip_blank()
        match = _IDENTIFIER.match(self._text, self._at)
        if match is None:
            found = self._text[self._at : self._at + 1]
            raise self._error(f"{found!r} where a name is expected" if found else "it ends early")
        self._at = match.end()
        return match.group()

    def _takes(self, token: str) -> bool:
        self._skip_blank()
        if not self._text.startswith(token, self._at):
            return False
        self._at += len(token)
        return True

    def _require(self, token: str) -> None:
        if not self._takes(token):
            raise self._error(f"{token!r} is missing")

    def _peek(self) -> str:
        self._skip_blank()
        return self._text[self._at : self._at + 1]

    def _skip_blank(self) -> None:
        match = _BLANK.match(self._text, self._at)
        if match:
            self._at = match.end()

    def _line(self) -> int:
        self._skip_blank()
        return self._text.count("\n", 0, self._at) + 1

    def _error(self, problem: str) -> PclError:
        return PclError(problem, self._text.count("\n", 0, self._at) + 1)


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value
