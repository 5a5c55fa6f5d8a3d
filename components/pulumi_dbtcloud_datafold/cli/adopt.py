"""`dbtcloud-datafold adopt`: find what exists already, and write the file for `pulumi import`."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from pulumi_dbtcloud_datafold.cli import import_file
from pulumi_dbtcloud_datafold.cli import preview as pulumi_preview
from pulumi_dbtcloud_datafold.cli.account import connect
from pulumi_dbtcloud_datafold.cli.existing import Account, Candidate, Document
from pulumi_dbtcloud_datafold.cli.exit_codes import FOUND, WELL
from pulumi_dbtcloud_datafold.cli.matching import NEW, UNDECIDED, Finding, Result, find, unclaimed
from pulumi_dbtcloud_datafold.cli.plain_text import visible
from pulumi_dbtcloud_datafold.cli.progress import progress
from pulumi_dbtcloud_datafold.cli.pulumi_stack import PulumiStack, stack_options
from pulumi_dbtcloud_datafold.engine.guard import ADOPTION_VARIABLE

UNCLAIMED_LIMIT = 20
"""So many jobs that nothing claims are listed; the rest is counted."""

_DESCRIPTIONS = {
    Result.MATCH: "match",
    Result.CHOSEN: "chosen",
    Result.BY_NUMBER: "by number",
    Result.NEW: "not there, `pulumi up` creates it",
    Result.NOT_KNOWN_YET: "not known yet",
    Result.SIMILAR: "SIMILAR",
    Result.AMBIGUOUS: "AMBIGUOUS",
    Result.UNFIT: "CANNOT BE ADOPTED",
    Result.RENAMED: "IN THIS STACK, RENAMED",
}


@click.command()
@stack_options
@click.option(
    "-o",
    "--output",
    default="import.json",
    show_default=True,
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Where the import file goes.",
)
@click.option(
    "--choose",
    "choices",
    multiple=True,
    metavar="NAME=NUMBER",
    help="Adopt this number for the resource or component of that Pulumi name, however it is called in dbt Cloud; "
    f"NAME={NEW} has a new one made although a similar one exists. May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def adopt(
    stack: str | None, cwd: str | None, output: Path, choices: Sequence[str], as_json: bool
) -> int:
    """Take over jobs, environments and tokens that exist, with their numbers.

    Reads from a preview what the stack declares and does not have, looks for it in dbt Cloud by project, environment
    and name, and writes a file for `pulumi import`. Nothing is changed, neither in dbt Cloud nor in the stack.

    Only an exact match that is the only one is taken. Everything else is listed for you to decide.

    \b
    Exit codes:
      0  everything was decided, or there is nothing to do
      1  something is left for you to decide; the file has the rest
      2  an error
    """  # noqa: D301 - click's mark for lines that stay as they are is the character itself
    the_stack = PulumiStack.of(stack, cwd)
    progress("previewing the stack, to see what it declares")
    with tempfile.TemporaryDirectory() as folder:
        output_of_preview, imports = the_stack.preview(
            Path(folder) / "import.json", {ADOPTION_VARIABLE: "1"}
        )
    preview = pulumi_preview.read(output_of_preview)
    findings: list[Finding] = []
    others: list[Document] = []
    if preview.declared or choices:
        progress(f"looking in dbt Cloud for {len(preview.declared)} that the stack does not have")
        with connect(the_stack) as api:
            account = Account(api)
            findings = find(preview, account, choices)
            others = unclaimed(preview, account, findings)
    adopted = [finding for finding in findings if finding.adopted]
    if adopted:
        complete = import_file.with_numbered(imports, findings, preview.providers)
        import_file.write(output, import_file.reduced(complete, findings))
    undecided = [finding for finding in findings if finding.result in UNDECIDED]
    next_commands = _next_commands(the_stack, output, adopted, undecided)
    if as_json:
        file = str(output) if adopted else None
        resources = [_as_data(finding) for finding in findings]
        report = {
            "resources": resources,
            "unclaimed": [_as_unclaimed(job) for job in others],
            "import_file": file,
            "next": next_commands,
        }
        click.echo(json.dumps(report, indent=2))
    else:
        click.echo(_as_text(findings, adopted, undecided, others, output, next_commands))
    return FOUND if undecided else WELL


def _next_commands(
    stack: PulumiStack, output: Path, adopted: Sequence[Finding], undecided: Sequence[Finding]
) -> list[str]:
    """Return what to type next, in order."""
    of_stack = f" --stack {stack.name}" if stack.name else ""
    if undecided:
        return []
    if not adopted:
        return [f"pulumi up{of_stack}"]
    protect = "true" if any(finding.declared.protect for finding in adopted) else "false"
    return [
        f"pulumi import --file {output} --protect={protect} --generate-code=false{of_stack}",
        # The provider reads what was imported, so that the preview is by its own word.
        f"pulumi preview --refresh --diff{of_stack}",
        f"pulumi up --refresh{of_stack}",
    ]


def _as_text(
    findings: Sequence[Finding],
    adopted: Sequence[Finding],
    undecided: Sequence[Finding],
    others: Sequence[Document],
    output: Path,
    next_commands: Sequence[str],
) -> str:
    if not findings:
        return "Nothing to adopt: the stack has every job, environment and token that it declares."
    rows = [
        (finding.declared.name, _DESCRIPTIONS[finding.result], _what(finding))
        for finding in findings
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c}".rstrip() for a, b, c in rows]
    for finding in adopted:
        if finding.adopted and finding.adopted.differs:
            lines += ["", f"{finding.declared.name}: `pulumi up` changes"]
            lines += [f"  {setting}: {now}" for setting, now in finding.adopted.differs.items()]
    for finding in undecided:
        lines += ["", *_to_decide(finding)]
    if others:
        lines += ["", "Jobs here that nothing claims:"]
        lines += [f"  {_one_job(job)}" for job in others[:UNCLAIMED_LIMIT]]
        if len(others) > UNCLAIMED_LIMIT:
            lines.append(f"  and {len(others) - UNCLAIMED_LIMIT} more")
    if adopted:
        lines += ["", f"Written: {output}, which imports {len(adopted)} of {len(findings)}."]
    if undecided:
        lines += ["", f"To decide: {len(undecided)}. Then run this command again."]
    if next_commands:
        lines += ["", "Next:", *(f"  {command}" for command in next_commands)]
    return "\n".join(map(visible, lines))


def _what(finding: Finding) -> str:
    """Describe what was found, in one line."""
    candidate = finding.adopted
    if not candidate:
        return finding.note
    text = f"{candidate.number} '{candidate.name}', {candidate.where}"
    if candidate.differs:
        text += f"; `pulumi up` changes {', '.join(candidate.differs)}"
    return text


def _to_decide(finding: Finding) -> list[str]:
    declared = finding.declared
    name, kind = declared.inputs["name"], declared.kind.replace("_", " ")
    if finding.result is Result.RENAMED:
        return [f"{declared.name}: {finding.note}"]
    if finding.result is Result.UNFIT:
        head = f"{declared.name}: the {kind} '{name}' that exists cannot become it: {finding.note}"
        way = "  change the declaration, declare it with another name, or remove what exists in dbt Cloud"
        return [head, *map(_named, finding.candidates), way]
    if finding.result is Result.AMBIGUOUS:
        head = f"{declared.name}: {len(finding.candidates)} are called '{name}' in the same place"
    else:
        head = f"{declared.name}: no {kind} is called '{name}' just there, but these are similar or do the same"
    fit = [candidate for candidate in finding.candidates if not candidate.unfit]
    ways = [f"    --choose {declared.name}={candidate.number}" for candidate in fit]
    if finding.result is Result.SIMILAR:
        ways.append(f"    --choose {declared.name}={NEW}")
    elif not fit:
        ways.append("    none can be adopted: remove them in dbt Cloud, or declare another name")
    return [head, *_listed(finding.candidates), *ways]


def _listed(candidates: Sequence[Candidate]) -> list[str]:
    lines = []
    for candidate in candidates:
        lines.append(_named(candidate))
        if candidate.unfit:
            lines.append(f"      cannot be adopted: {candidate.unfit}")
        else:
            lines += [f"      {setting}: {now}" for setting, now in candidate.differs.items()]
    return lines


def _named(candidate: Candidate) -> str:
    text = f"  {candidate.number} '{candidate.name}', {candidate.where}"
    return f"{text}; {candidate.facts}" if candidate.facts else text


def _one_job(job: Document) -> str:
    return f"{job['id']} '{job['name']}', project {job['project_id']}, environment {job['environment_id']}"


def _as_unclaimed(job: Document) -> dict[str, Any]:
    return {key: job[key] for key in ("id", "name", "project_id", "environment_id")}


def _as_data(finding: Finding) -> dict[str, Any]:
    return {
        "name": finding.declared.name,
        "component": finding.declared.component,
        "kind": finding.declared.kind,
        "urn": finding.declared.urn,
        "result": finding.result.value,
        "note": finding.note,
        "candidates": [
            {
                "number": candidate.number,
                "name": candidate.name,
                "where": candidate.where,
                "differs": dict(candidate.differs),
                "unfit": candidate.unfit,
                "facts": candidate.facts,
            }
            for candidate in finding.candidates
        ],
    }
