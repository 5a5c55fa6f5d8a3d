"""The stack file: what it has, and what is put into it. Every other line stays as it is, byte for byte."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.cli.init.rendering import MARK
from pulumi_dbtcloud_datafold.settings import layers

PROJECTS = f"{layers.NAMESPACE}:{layers.PROJECTS}"
SERVICE_TOKEN = f"{layers.NAMESPACE}:service_token"

_CONFIG = "config"
_STEP = "  "


@dataclass(frozen=True)
class Written:
    """What the file is to have.

    Attributes:
        projects: Lines of each project's block, by its name in the file.
        open: Names of those blocks that are comments as a whole.
        service_token: Lines of the token's key.
    """

    projects: Mapping[str, Sequence[str]]
    open: Collection[str]
    service_token: Sequence[str]


class StackFile:
    """The stack file as it is."""

    def __init__(self, path: Path) -> None:
        """Read it; there need not be one.

        Raises:
            CommandError: It is not YAML, or not in the usual form.
        """
        self.path = path
        self._text = path.read_text(encoding="utf-8") if path.exists() else ""
        self._content = self._parsed(self._text)

    @property
    def has_ours(self) -> bool:
        """Whether it has a key that this command writes."""
        return PROJECTS in self._config or SERVICE_TOKEN in self._config

    @property
    def shared(self) -> dict[str, Any]:
        """Its keys `definition` and `defaults`."""
        keys = {key: f"{layers.NAMESPACE}:{key}" for key in (layers.DEFINITION, layers.DEFAULTS)}
        return {key: self._config[full] for key, full in keys.items() if full in self._config}

    @property
    def project_keys(self) -> dict[int, str]:
        """The names of its blocks, by the numbers of the projects."""
        return {
            block["project_id"]: str(key)
            for key, block in self._projects.items()
            if isinstance(block, Mapping) and isinstance(block.get("project_id"), int)
        }

    def adopted(self, project_id: int) -> dict[str, int]:
        """Return the jobs that a project's block takes over, by the keys of their blocks."""
        block = self._projects.get(self.project_keys.get(project_id, ""))
        jobs = block.items() if isinstance(block, Mapping) else ()
        return {
            str(role): job["adopt_job_id"]
            for role, job in jobs
            if isinstance(job, Mapping) and isinstance(job.get("adopt_job_id"), int)
        }

    @property
    def names(self) -> list[str]:
        """The names of its blocks."""
        return [str(key) for key in self._projects]

    def write(self, content: Written) -> None:
        """Put the blocks into the file, in place of those of the same names, whole or not at all.

        Raises:
            CommandError: The file's form does not allow it.
        """
        text = self._without_marked(self._text)
        text = self._with_projects(text, content)
        text = self._with_keys(text, [_CONFIG], [(SERVICE_TOKEN, content.service_token)])
        self._require_others_unchanged(text)
        new = self.path.with_name(f".{self.path.name}.new")
        new.write_text(text, encoding="utf-8")
        new.replace(self.path)

    @property
    def _config(self) -> Mapping[str, Any]:
        config = self._content.get(_CONFIG)
        return config if isinstance(config, Mapping) else {}

    @property
    def _projects(self) -> Mapping[str, Any]:
        projects = self._config.get(PROJECTS)
        return projects if isinstance(projects, Mapping) else {}

    def _parsed(self, text: str) -> CommentedMap:
        try:
            content = YAML().load(text)
        except YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f", line {mark.line + 1}" if mark else ""
            message = (
                f"{self.path.name}{where}: this is not YAML that can be read; correct it there"
            )
            raise CommandError(message) from None
        if content is None:
            return CommentedMap()
        if not isinstance(content, CommentedMap):
            message = (
                f"{self.path.name}: it has no keys; a stack file has `config:` and keys below it"
            )
            raise CommandError(message)
        return content

    def _without_marked(self, text: str) -> str:
        """Take out the comments of an earlier run."""
        pattern = re.compile(rf"[ \t]*{re.escape(MARK.strip())}( |$)")
        lines = text.splitlines(keepends=True)
        return "".join(line for line in lines if not pattern.match(line))

    def _with_projects(self, text: str, content: Written) -> str:
        blocks = content.projects
        config = self._parsed(text).get(_CONFIG)
        projects = config.get(PROJECTS) if isinstance(config, Mapping) else None
        if not projects:
            is_open = set(blocks) == set(content.open)
            lines = [f"{MARK}{PROJECTS}:" if is_open else f"{PROJECTS}:"]
            for line in (line for block in blocks.values() for line in block):
                marked = f"{MARK}{_STEP}{line.removeprefix(MARK)}"
                lines.append(marked if is_open else f"{_STEP}{line}")
            return self._with_keys(text, [_CONFIG], [(None if is_open else PROJECTS, lines)])
        entries = [(None if key in content.open else key, block) for key, block in blocks.items()]
        return self._with_keys(text, [_CONFIG, PROJECTS], entries)

    def _with_keys(
        self, text: str, path: Sequence[str], entries: Sequence[tuple[str | None, Sequence[str]]]
    ) -> str:
        """Return the text with lines for keys below a path, each in the place of its key or at the end.

        Args:
            text: The file.
            path: Keys of the block that the lines go into.
            entries: What is replaced, or None to add only; and the lines, which begin without indentation.
        """
        content = self._parsed(text)
        rows = text.splitlines()
        block: Any = content
        start, indent = 0, ""
        for name in path:
            if not block.get(name):
                if name != _CONFIG:
                    raise self._unusual(name)
                if name not in block:
                    rows.append("")
                start = block.lc.key(name)[0] if name in block else len(rows) - 1
                rows[start] = f"{name}:"
                end = _end(rows, start, _STEP, inside=True)
                rows[end:end] = [f"{_STEP}{line}" for _, lines in entries for line in lines]
                return _joined(rows)
            start = block.lc.key(name)[0]
            block = block[name]
            if not isinstance(block, CommentedMap) or block.fa.flow_style():
                raise self._unusual(name)
            indent = " " * block.lc.key(next(iter(block)))[1]
        added = [line for key, lines in entries if key not in block for line in lines]
        end = _end(rows, start, indent, inside=True)
        rows[end:end] = [f"{indent}{line}" for line in added]
        # From the end on: the numbers of the lines above stay.
        replaced = [(block.lc.key(key)[0], lines) for key, lines in entries if key in block]
        for row, lines in sorted(replaced, reverse=True):
            end = _end(rows, row, indent, inside=False)
            rows[row:end] = [f"{indent}{line}" for line in lines]
        return _joined(rows)

    def _unusual(self, name: str) -> CommandError:
        message = (
            f"{self.path.name}: '{name}' is not a block with a key on each line, so nothing can be put into it; "
            "write it so, or move the file away"
        )
        return CommandError(message)

    def _require_others_unchanged(self, text: str) -> None:
        """See that what was not to be written is as it was."""
        after = self._parsed(text)
        for before, now in ((self._content, after), (self._config, after.get(_CONFIG) or {})):
            for key, value in before.items():
                if key not in (_CONFIG, PROJECTS, SERVICE_TOKEN) and now.get(key) != value:
                    raise self._unusual(str(key))


def _end(rows: Sequence[str], start: int, indent: str, *, inside: bool) -> int:
    """Return where the lines of a key end.

    Comments and empty lines behind it belong to what follows, except for comments of this command.

    Args:
        rows: The file.
        start: Line of the key.
        indent: Of the key, or with `inside` of the keys below it.
        inside: Look for the end of the block that the key begins.
    """
    end = start + 1
    for number in range(start + 1, len(rows)):
        stripped = rows[number].lstrip(" ")
        depth = len(rows[number]) - len(stripped)
        if stripped.startswith(MARK.strip()) and depth >= len(indent) + (not inside):
            end = number + 1
        if not stripped or stripped.startswith("#"):
            continue
        is_item = stripped.startswith("- ") and depth >= len(indent)
        if depth < len(indent) or (depth == len(indent) and not inside and not is_item):
            break
        end = number + 1
    return end


def _joined(rows: Sequence[str]) -> str:
    return "\n".join(rows) + "\n"
