"""A block of the stack file as lines of YAML, with what a reviewer wants to know as comments."""

import io
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from pulumi_dbtcloud_datafold.cli.init.blocks import ProjectBlock
from pulumi_dbtcloud_datafold.cli.init.recognition import Recognised
from pulumi_dbtcloud_datafold.cli.init.selection import NEW, Decision
from pulumi_dbtcloud_datafold.cli.plain_text import one_line

MARK = "#: "
"""What a comment of this command begins with. The next run replaces those comments and no others."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 _./+-]*")
_WIDTH = 100
_NO_WRAP = 100_000


def block_lines(block: ProjectBlock) -> list[str]:
    """Return a project's block; all of it is a comment if it cannot be used as it is."""
    lines = _comment(f"dbt Cloud project {block.project['id']} '{block.project['name']}'")
    body = [f"{block.key}:", *_indented(_body(block))]
    if block.is_usable:
        return [*lines, *body]
    lines += _comment(
        "To decide. Run `dbtcloud-datafold init --force` again with the --choose options below; or complete the block "
        f"and take '{MARK}' from its lines"
    )
    # Without the mark before them, comments remain comments.
    return [
        f"{MARK}{line.replace(MARK, '# ', 1) if _is_ours(line) else line}"
        for line in [*lines, *body]
    ]


def value_lines(key: str, value: object) -> list[str]:
    """Return a key with a plain value."""
    return _dumped({key: value})


def named(found: Recognised) -> str:
    """Return a job's number and name."""
    return f"{found.number} '{one_line(found.job.get('name'))}'"


def comment_lines(text: str) -> list[str]:
    """Return a text as comments of this command."""
    return _comment(text)


def _body(block: ProjectBlock) -> list[str]:
    settings, selection = block.settings, block.selection
    lines = [f"project_id: {settings['project_id']}", "environments:"]
    for role, environment in (
        ("production", selection.production),
        ("pull_request", selection.pull_request),
    ):
        lines.append(
            f"  {role}: {{id: {environment['id']}}}  # {one_line(environment['name'])}"
            if environment
            else f"  {MARK}{role}: to decide"
        )
    for role, decision in selection.decisions.items():
        lines += _decision(block.key, decision)
        if decision.is_decided:
            lines += _dumped({role: settings[role]})
    for title, texts in (
        ("`pulumi up` changes, because the stack file cannot say it", block.changes),
        ("Note", block.hints),
        ("Not possible together", block.problems),
        ("To decide", selection.notes),
        ("Left alone", [f"{named(job)}: {why}" for job, why in selection.left_alone]),
    ):
        if texts:
            lines += _comment(f"{title}:")
            lines += [line for text in texts for line in _comment(text, "  ")]
    return lines


def _decision(key: str, decision: Decision) -> list[str]:
    if decision.adopted:
        return _comment(decision.adopted.reason)
    if decision.is_new:
        return _comment(f"{decision.note}: `pulumi up` makes this job")
    lines = _comment(f"{decision.role}: to decide; {decision.note}")
    for candidate in decision.candidates:
        lines += _comment(
            f"--choose {key}.{decision.role}={candidate.number} ('{one_line(candidate.job.get('name'))}': "
            f"{candidate.reason})",
            "  ",
        )
    return lines + _comment(f"--choose {key}.{decision.role}={NEW} (`pulumi up` makes one)", "  ")


def _comment(text: str, indent: str = "") -> list[str]:
    wrapped = textwrap.wrap(
        one_line(text),
        _WIDTH,
        subsequent_indent="    " if indent else "",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [f"{MARK}{indent}{line}" for line in wrapped]


def _is_ours(line: str) -> bool:
    return line.lstrip().startswith(MARK)


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _dumped(content: Mapping[str, Any]) -> list[str]:
    writer = YAML()
    writer.width = _NO_WRAP
    writer.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    writer.dump(_quoted(content), stream)
    return stream.getvalue().splitlines()


def _quoted(value: Any) -> Any:  # noqa: ANN401 - any value of YAML
    """Return the value with every text in quotes that some reader of YAML could take for something else."""
    if isinstance(value, Mapping):
        return {key: _quoted(part) for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_quoted(part) for part in value]
    if not isinstance(value, str):
        return value
    has_safe_form = bool(_PLAIN.fullmatch(value)) and value == value.strip()
    # Pulumi, PyYAML and ruamel.yaml differ in what is a boolean; none takes more for one than PyYAML.
    if has_safe_form and isinstance(yaml.safe_load(value), str) and value.lower() not in ("y", "n"):
        return value
    return DoubleQuotedScalarString(value)
