"""What a stack declares: its file, the definition that stacks share, and the defaults of all blocks, merged.

Merged key by key. The stack file is nearer than the definition. A block is nearer than defaults, in whichever file.
The nearer value wins; null takes the farther one away; a list is one value. A key that begins with `x-` only holds an
anchor.
"""

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from pulumi_dbtcloud_datafold.settings.field_types import unseen_character
from pulumi_dbtcloud_datafold.settings.problems import Problem, unknown_key_fix

NAMESPACE = "dbtcloud-datafold"
"""Pulumi project of the stack program, and so the namespace of our keys in the stack file."""

PROJECTS, DEFAULTS, DEFINITION = "projects", "defaults", "definition"
SECRET_WEBHOOK_URL = "secret_webhook_url"  # noqa: S105 - the name of a key
SHARED_KEYS = (PROJECTS, DEFAULTS, "service_token", "notifications", "protect")
"""The keys of a definition."""
STACK_KEYS = (*SHARED_KEYS, DEFINITION, SECRET_WEBHOOK_URL)
"""The keys of a stack file, which alone can have an encrypted value."""

HELPER = "x-"
"""What a key begins with that holds an anchor and nothing else."""

OF_ONE_PROJECT = frozenset(
    {
        "project_id",
        "previous_names",
        "id",
        "job_id",
        "adopt_job_id",
        "allow_replacement_of",
        "deferring_environment_id",
        "deferring_job_id",
        "credential_id",
        "extended_attributes_id",
    }
)
"""Keys of a block that defaults cannot have."""

_NULL_IS_A_VALUE = {"service_token", "token"}
"""Keys whose null means that there is none, while their absence means one by default."""

_SCHEDULES = {"hours": {"interval", "cron"}, "interval": {"hours", "cron"}} | {
    "cron": {"hours", "interval", "days"}
}
_ENVIRONMENTS = {"id": {"name", "create"}, "name": {"id", "create"}, "create": {"id", "name"}}
_REPLACED = {
    "schedule": _SCHEDULES,
    "production": _ENVIRONMENTS,
    "pull_request": _ENVIRONMENTS,
    "service_token": {"project_ids": {"all_projects"}, "all_projects": {"project_ids"}},
}
"""In the block of that name, what a nearer key replaces besides itself: of these keys a block has only one."""
_REPLACED_IN_PROJECT = {"merge_job": {"artifacts_job"}, "artifacts_job": {"merge_job"}}
_DEFERRALS = ("deferring_environment_id", "deferring_job_id", "self_deferring")
_REPLACED_IN_JOB = {key: {*_DEFERRALS} - {key} for key in _DEFERRALS}

_LONGEST_NUMBER_BITS = 1_000
_MOST_NODES, _DEEPEST = 100_000, 40
"""Aliases of YAML can make a small file large without end."""

KeyPath = tuple[str, ...]


@dataclass(frozen=True)
class Origin:
    """Where a value is written.

    Attributes:
        file: The file's name.
        path: Keys from the top of our keys on.
    """

    file: str
    path: KeyPath

    def __str__(self) -> str:
        """Name the file and the key."""
        return f"{self.file}: {'.'.join(self.path)}"


@dataclass(frozen=True)
class Layer:
    """Our keys of one file."""

    file: str
    content: Mapping[str, Any]

    def part(self, *path: str) -> list[tuple[Any, Origin]]:
        """Return the value at a path, if there is one."""
        value: Any = self.content
        for key in path:
            if not isinstance(value, Mapping) or key not in value:
                return []
            value = value[key]
        return [(value, Origin(self.file, path))]


@dataclass(frozen=True)
class Merged:
    """What a stack declares.

    Attributes:
        content: Our keys, merged.
        origins: Where each value and block of it is written, the nearest place of a block.
        stack_file: The file that errors name anyway.
    """

    content: dict[str, Any] = field(default_factory=dict)
    origins: dict[KeyPath, Origin] = field(default_factory=dict)
    stack_file: str = ""

    def located(self, problems: Sequence[Problem]) -> list[Problem]:
        """Return the problems at the places where the mistakes are written, each once."""
        found = [
            Problem(self._place(problem.path), problem.problem, problem.fix)
            if self.origins
            else problem
            for problem in problems
        ]
        return list(dict.fromkeys(found))

    def _place(self, path: str) -> str:
        dotted, bracket, index = path.partition("[")
        keys = tuple(dotted.split("."))
        known = next((keys[:n] for n in range(len(keys), 0, -1) if keys[:n] in self.origins), None)
        if known is None:
            return path
        origin = self.origins[known]
        rest = keys[len(known) :]
        if rest and origin.path[:1] == (DEFAULTS,):
            # A key is missing, and defaults need not have it.
            known, rest = keys[:2], keys[2:]
            origin = self.origins.get(known, origin)
        place = ".".join((*origin.path, *rest)) + bracket + index
        return place if origin.file == self.stack_file else f"{origin.file}: {place}"


def without_helpers(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return keys without those that begin with x-."""
    return {key: value for key, value in keys.items() if not key.startswith(HELPER)}


def with_definition(stack: Layer, folder: Path) -> tuple[Merged | None, list[Problem]]:
    """Merge a stack's file with the definition that it names, if it names one.

    Args:
        stack: Our keys of the stack file.
        folder: Where Pulumi.yaml is.

    Returns:
        What the stack declares, None if the definition cannot be read, so that nothing is missed that it may have; and
        what is wrong with the definition and with the defaults.
    """
    definition: Layer | None = None
    problems: list[Problem] = []
    if DEFINITION in stack.content:
        definition, problems = _read_definition(folder, stack.content[DEFINITION])
        if definition is None:
            return None, problems
    merged = _merge(stack, definition)
    return merged, [*problems, *_mistakes_in_defaults(stack, definition)]


def _read_definition(folder: Path, name: object) -> tuple[Layer | None, list[Problem]]:
    """Return the keys of a definition, None if it cannot be read, and what is wrong with it; no value is quoted."""
    key = f"{NAMESPACE}:{DEFINITION}"
    if not isinstance(name, str) or not name.strip() or unseen_character(name):
        fix = "write the name of a file beside Pulumi.yaml, e.g. datafold.yaml"
        return None, [Problem(key, "this is not the name of a file", fix)]
    try:
        text = (folder / name).read_bytes()
    except OSError as error:
        fix = "correct the name; the file is looked for in the folder of Pulumi.yaml"
        return None, [Problem(key, f"'{name}' cannot be read: {error.strerror}", fix)]
    try:
        with warnings.catch_warnings():
            # A warning would show lines of the file.
            warnings.simplefilter("ignore")
            content = _plain(YAML(typ="safe", pure=True).load(text))
    # A value that is not what its tag says ends in any of these.
    except (YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return None, [_unreadable(name, error)]
    if content is None:
        content = {}
    if not isinstance(content, dict):
        fix = f"write keys with their values below them: {', '.join(SHARED_KEYS)}"
        return None, [Problem(name, "there is no block of keys in it", fix)]
    layer = Layer(name, _without_namespace(content))
    unknown = [
        Problem(f"{name}: {key}", "this key is not known", _fix_of_unknown(key))
        for key in layer.content
        if key not in SHARED_KEYS
    ]
    return layer, [*_twice(name, content), *unknown]


def _merge(stack: Layer, definition: Layer | None) -> Merged:
    """Merge a stack's file with its definition.

    Args:
        stack: Our keys of the stack file.
        definition: What it names as its definition.
    """
    files = [layer for layer in (definition, stack) if layer]
    origins: dict[KeyPath, Origin] = {}
    default_parts = [
        part for file in files for part in file.part(DEFAULTS) if isinstance(part[0], Mapping)
    ]
    defaults = [(_without_numbers(value), origin) for value, origin in default_parts]
    content: dict[str, Any] = {}
    for key in dict.fromkeys(key for file in files for key in file.content):
        parts = [part for file in files for part in file.part(key)]
        if key in (DEFAULTS, DEFINITION) or _is_taken_away(key, parts):
            continue
        if key == PROJECTS and all(isinstance(value, Mapping) for value, _ in parts):
            content[key] = {}
            origins[key,] = parts[-1][1]
            for name in dict.fromkeys(name for value, _ in parts for name in value):
                blocks = [block for file in files for block in file.part(key, name)]
                if _is_taken_away(name, blocks) or _is_helper(name, blocks):
                    continue
                # What is no block is a mistake, and no defaults hide it.
                is_block = isinstance(blocks[-1][0], Mapping)
                parts_of = [*defaults, *blocks] if is_block else blocks
                content[key][name] = _merged(parts_of, (key, name), origins)
        else:
            content[key] = _merged(parts, (key,), origins)
    return Merged(content, origins, stack.file)


def _merged(
    parts: Sequence[tuple[Any, Origin]], at: KeyPath, origins: dict[KeyPath, Origin]
) -> Any:  # noqa: ANN401 - any YAML
    """Merge values, the farthest first, and note where each of the result is written."""
    nearest, origins[at] = parts[-1]
    if not isinstance(nearest, Mapping):
        return nearest
    blocks: list[tuple[Mapping[str, Any], Origin]] = []
    replaced: set[str] = set()
    for value, origin in reversed(parts):
        if not isinstance(value, Mapping):
            break
        kept = {k: v for k, v in without_helpers(value).items() if k not in replaced}
        blocks.insert(0, (kept, origin))
        replaced |= _replaced_by(kept, at)
    result = {}
    for key in dict.fromkeys(key for block, _ in blocks for key in block):
        values = [
            (block[key], Origin(origin.file, (*origin.path, key)))
            for block, origin in blocks
            if key in block
        ]
        if not _is_taken_away(key, values):
            result[key] = _merged(values, (*at, key), origins)
    return result


def _replaced_by(block: Mapping[str, Any], at: KeyPath) -> set[str]:
    """Return what a block replaces in those farther away, besides its own keys."""
    if len(at) == 2 and at[0] == PROJECTS:
        groups = _REPLACED_IN_PROJECT
    else:
        groups = _REPLACED_IN_JOB if at[-1].endswith("_job") else _REPLACED.get(at[-1], {})
    return {
        key
        for own, others in groups.items()
        if own in block and not _is_off(block[own])
        for key in others
    }


def _is_off(value: Any) -> bool:  # noqa: ANN401 - any YAML
    return value in (None, False) or (isinstance(value, Mapping) and value.get("enabled") is False)


def _is_taken_away(key: str, parts: Sequence[tuple[Any, Origin]]) -> bool:
    """Tell whether the nearest value is a null that takes farther ones away."""
    return len(parts) > 1 and parts[-1][0] is None and key not in _NULL_IS_A_VALUE


def _is_helper(name: str, blocks: Sequence[tuple[Any, Origin]]) -> bool:
    """Tell whether a block only holds an anchor; a project may have such a name too."""
    return name.startswith(HELPER) and not any(
        isinstance(block, Mapping) and "project_id" in block for block, _ in blocks
    )


def _without_numbers(value: Any) -> Any:  # noqa: ANN401 - any YAML
    """Return defaults without what belongs to one project."""
    if not isinstance(value, Mapping):
        return value
    kept = without_helpers(value).items()
    return {key: _without_numbers(inner) for key, inner in kept if key not in OF_ONE_PROJECT}


def _mistakes_in_defaults(stack: Layer, definition: Layer | None) -> list[Problem]:
    """Return a problem for each key of the defaults that belongs to one project."""

    def mistakes(value: Any, path: str) -> Iterator[Problem]:  # noqa: ANN401 - any YAML
        if not isinstance(value, Mapping):
            fix = "write keys of a block with their values below it"
            yield Problem(path, "this is not a block of keys", fix)
            return
        for key, inner in without_helpers(value).items():
            place = f"{path}.{key}"
            if key in OF_ONE_PROJECT:
                fix = "write it in the project's own block"
                yield Problem(place, "this belongs to one project, and defaults to all", fix)
            elif isinstance(inner, Mapping):
                yield from mistakes(inner, place)

    files = [(definition, f"{definition.file}: ")] if definition else []
    return [
        found
        for file, prefix in [*files, (stack, "")]
        for value, _ in file.part(DEFAULTS)
        if value is not None
        for found in mistakes(value, f"{prefix}{DEFAULTS}")
    ]


def _without_namespace(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys as a definition has them: a block copied from a stack file has the namespace before them."""
    return {_short(key): value for key, value in without_helpers(content).items()}


def _short(key: str) -> str:
    return key.removeprefix(f"{NAMESPACE}:")


def _twice(file: str, content: Mapping[str, Any]) -> list[Problem]:
    """Return a problem for each key that is there with the namespace and without it."""
    count = Counter(map(_short, without_helpers(content)))
    fix = "keep one of them, without the name before the colon"
    return [
        Problem(f"{file}: {key}", "this key is there twice", fix) for key in count if count[key] > 1
    ]


def _unreadable(name: str, error: Exception) -> Problem:
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    where = f"{name}, line {mark.line + 1}" if mark else name
    if isinstance(error, DuplicateKeyError):
        return Problem(where, "this key is there twice in its block", "keep one of them")
    if isinstance(error, _TooLargeError | RecursionError):
        fix = "write out what its anchors stand for"
        return Problem(where, "its anchors make it too large or too deep", fix)
    return Problem(where, "this is not YAML that can be read", "correct it there")


def _fix_of_unknown(key: str) -> str:
    if key == SECRET_WEBHOOK_URL:
        return f"run `pulumi config set --secret {NAMESPACE}:{key}`: only a stack file can be encrypted"
    return unknown_key_fix(key, SHARED_KEYS)


class _TooLargeError(ValueError):
    """Aliases make a file too large."""


def _plain(value: Any) -> Any:  # noqa: ANN401 - any YAML
    """Return YAML's values as Pulumi hands over those of a stack file: keys and dates are texts."""
    nodes: Iterator[int] = iter(range(_MOST_NODES))

    def plain(value: Any, depth: int) -> Any:  # noqa: ANN401 - any YAML
        if next(nodes, None) is None or depth > _DEEPEST:
            raise _TooLargeError
        if isinstance(value, int) and value.bit_length() > _LONGEST_NUMBER_BITS:
            message = "no number of YAML's is as long"
            raise ValueError(message)
        if isinstance(value, dict):
            return {str(key): plain(inner, depth + 1) for key, inner in value.items()}
        if isinstance(value, list):
            return [plain(inner, depth + 1) for inner in value]
        return value if value is None or isinstance(value, bool | int | float) else str(value)

    return plain(value, 0)
