"""A preview as Markdown for a comment on a pull request."""

import re
from collections.abc import Iterator, Sequence

from pulumi_dbtcloud_datafold.cli import job_wording
from pulumi_dbtcloud_datafold.cli.review import attention
from pulumi_dbtcloud_datafold.cli.review.preview_changes import Change, Preview, rows
from pulumi_dbtcloud_datafold.settings.problems import masked

LIMITS = {"github": 65_536, "gitlab": 1_000_000}
"""The most characters that a comment may have. Source: GitHub's `body is too long (maximum is 65536 characters)`;
https://docs.gitlab.com/administration/instance_limits/#size-of-comments-and-descriptions-of-issues-merge-requests-and-epics"""
_CELL_LIMIT = 300
_ITEM_LIMIT = 1_500
_NUMBERS = 5
"""So many numbers of jobs that change alike are shown; the others are counted."""
_SPECIAL = re.compile(r"([\\`*\[\]<|#~@$!]|\b_|_\b)")
_SPANS = re.compile(r"(`[^`\n]*`|\*\*)")
"""Our own emphasis and code."""
_VERBS = {"create": "new", "import": "taken over", "replace": "replaced", "delete": "deleted"}


def mark(stack: str) -> str:
    """Return the hidden line by which the comment of a stack is found again."""
    return f"<!-- dbtcloud-datafold review: {re.sub(r'[^A-Za-z0-9_./-]', '_', stack)} -->"


def render(preview: Preview, stack: str, limit: int) -> str:
    """Return the comment.

    Args:
        preview: What to show.
        stack: Name of the stack, for the heading and the mark.
        limit: Most characters.
    """
    people = attention.items(preview)
    lines = [mark(stack), f"### dbt Cloud: what this change does to stack `{stack}`", ""]
    if people:
        count = "1 thing needs" if len(people) == 1 else f"{len(people)} things need"
        lines += [f"**{count} a person**", "", *(f"- {_item(text)}" for text in people), ""]
    lines += _tables(preview.changes)
    lines.append(_end(preview))
    return _cut(lines, limit)


def _tables(changes: Sequence[Change]) -> Iterator[str]:
    """Yield a table for each project; one for all projects in which the same changes."""
    projects: dict[str, list[Change]] = {}
    for change in changes:
        if any(_lines(change, ())):
            projects.setdefault(change.project, []).append(change)
    alike: dict[tuple[str, ...], list[str]] = {}
    for project in sorted(projects):
        # Where a number is lost or taken over, the project is shown by itself.
        may_share_table = all(
            change.operation in ("create", "update") for change in projects[project]
        )
        lines = [line for change in projects[project] for line in _lines(change, ())]
        alike.setdefault(tuple(lines if may_share_table else [project]), []).append(project)
    for names in alike.values():
        title = _text(names[0]) if len(names) == 1 else f"{len(names)} projects"
        yield from (f"#### {title}", "")
        if len(names) > 1:
            yield from (", ".join(map(_text, names)), "")
        yield from ("| | | Before | After |", "|---|---|---|---|")
        for same in zip(*(projects[name] for name in names), strict=True):
            yield from _lines(same[0], [one.number for one in same if one.number])
        yield ""


def _lines(change: Change, numbers: Sequence[str]) -> Iterator[str]:
    """Yield the rows of a change; `numbers` are those of all resources that change alike."""
    more = f" and {len(numbers) - _NUMBERS} more" if len(numbers) > _NUMBERS else ""
    number = f" ({', '.join(numbers[:_NUMBERS])}{more})" if numbers else ""
    subject = f"**{_cell(change.name)}**{number}"
    if change.operation in ("update", "replace", "import"):
        verb = _VERBS.get(change.operation)
        if verb:
            yield f"| {subject} | {verb} | | |"
            subject = ""
        for setting, old, new in rows(change):
            yield f"| {subject} | {setting} | {_cell(old)} | {_cell(new)} |"
            subject = ""
        return
    is_new = change.operation == "create"
    values = change.new if is_new else change.old
    facts = job_wording.summary(values) if change.kind == "job" else change.kind
    cells = ("", _cell(facts)) if is_new else (_cell(facts), "")
    yield f"| {subject} | {_VERBS[change.operation]} | {cells[0]} | {cells[1]} |"


def _end(preview: Preview) -> str:
    if preview.errors:
        return "`pulumi up` would change nothing until this is resolved."
    if not preview.changes:
        return "Nothing changes."
    rest = f": {preview.unchanged} resources stay as they are" if preview.unchanged else ""
    return f"Nothing else changes{rest}."


def _item(text: str) -> str:
    """Return one point of a list: code spans and emphasis stay, all else is text."""
    text = masked(text)
    if len(text) > _ITEM_LIMIT:
        text = f"{text[:_ITEM_LIMIT]} … (cut; `pulumi preview` shows all)"
    return "<br>".join(
        "".join(
            part if _SPANS.fullmatch(part) else _text(part) for part in _SPANS.split(line) if part
        )
        for line in filter(None, map(str.strip, text.splitlines()))
    )


def _cell(text: str) -> str:
    text = masked(" ".join(text.split()))
    if len(text) > _CELL_LIMIT:
        text = f"{text[:_CELL_LIMIT]}…"
    if text.count("`") % 2:
        text = text.replace("`", "'")
    # Inside a code span only the table's own mark needs care.
    return "".join(
        part.replace("|", "\\|") if part.startswith("`") else _text(part)
        for part in re.split(r"(`[^`]*`)", text)
    )


def _text(text: str) -> str:
    """Return text that Markdown shows as it is; nobody is mentioned and nothing is linked by it."""
    return _SPECIAL.sub(r"\\\1", text).replace("\\@", "&#64;").replace("\\<", "&lt;")


def _cut(lines: Sequence[str], limit: int) -> str:
    """Return the lines, without those that do not fit; the last one says how the update ends, and stays."""
    text = "\n".join(lines) + "\n"
    if len(text) <= limit:
        return text
    note = "{} more lines do not fit into a comment; `pulumi preview --diff` shows all.\n\n"
    *body, end = lines
    room = limit - len(note) - len(end) - 10
    kept, size = 0, 0
    for line in body:
        size += len(line) + 1
        if size > room:
            break
        kept += 1
    rest = note.format(len(body) - kept)
    return "\n".join(body[:kept]) + f"\n\n{rest}{end}\n"
