"""`dbtcloud-datafold review`: a preview as Markdown for the people who review the change."""

import json
from typing import TextIO

import click

from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.cli.exit_codes import FOUND, WELL
from pulumi_dbtcloud_datafold.cli.review import attention, preview_changes
from pulumi_dbtcloud_datafold.cli.review.markdown import LIMITS, render


@click.command()
@click.argument("preview", type=click.File(encoding="utf-8"), default="-")
@click.option("-s", "--stack", help="Name to show. Default: that of the preview.")
@click.option(
    "--for",
    "host",
    type=click.Choice(sorted(LIMITS)),
    default="github",
    help="Cut to what a comment may have there. Default: github.",
)
@click.option(
    "-o", "--output", type=click.File("w", encoding="utf-8"), default="-", help="Default: print."
)
def review(preview: TextIO, stack: str | None, host: str, output: TextIO) -> int:
    """Turn a preview into a comment for a pull request.

    PREVIEW is a file with the output of `pulumi preview --json`; without it, standard input is read. The comment
    begins with what needs a person, has a table for each project, and ends with what stays. It holds no secret, and
    its first line is hidden: with that line the comment is found again and replaced.

    `dbtcloud-datafold workflows` writes the pipelines that do so.

    \b
    Exit codes:
      0  written; nothing needs a person
      1  written; something needs a person, or the preview was refused
      2  an error: nothing was written
    """  # noqa: D301 - click's mark for lines that stay as they are is the character itself
    try:
        document = json.load(preview)
    except (ValueError, RecursionError):
        message = (
            "this is not JSON. Run `pulumi preview --json` and give its standard output alone; if that is empty, its "
            "standard error says why"
        )
        raise CommandError(message) from None
    try:
        changes = preview_changes.read(document)
        text = render(changes, stack or changes.stack or "unknown", LIMITS[host])
        needs_a_person = bool(attention.items(changes))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        message = (
            "a step of this preview is not as `pulumi preview --json` prints it. Run it again, and give its standard "
            "output as it is"
        )
        raise CommandError(message) from None
    output.write(text)
    return FOUND if needs_a_person else WELL
