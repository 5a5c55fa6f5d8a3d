"""`dbtcloud-datafold check`: does dbt Cloud look as the stack and Datafold need it?"""

import json

import click

from pulumi_dbtcloud_datafold.cli.account import connect
from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.cli.inspection import inspect
from pulumi_dbtcloud_datafold.cli.preview import KINDS
from pulumi_dbtcloud_datafold.cli.progress import progress
from pulumi_dbtcloud_datafold.cli.pulumi_stack import PulumiStack, stack_options

FOUND_PROBLEMS = 1


@click.command()
@stack_options
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def check(stack: str | None, cwd: str | None, as_json: bool) -> int:
    """Look in dbt Cloud for what neither a preview nor a refresh shows.

    Jobs and tokens of the stack that are gone; a second job of the same name beside one of the stack; jobs of an
    environment that disagree in target name or dbt version; pull-request jobs that have nothing to compare with;
    artifacts jobs that never made artifacts. Changes nothing.

    \b
    Exit codes:
      0  nothing was found
      1  something was found, or an error
    """  # noqa: D301 - click's mark for lines that stay as they are is the character itself
    the_stack = PulumiStack.of(stack, cwd)
    progress("reading the stack's state")
    resources = the_stack.resources()
    if not any(resource["type"] in KINDS for resource in resources):
        message = "the stack has no jobs and no token yet: there is nothing to look for. Run `pulumi up` first"
        raise CommandError(message)
    with connect(the_stack) as api:
        progress(f"looking in dbt Cloud, at {api.access_url.origin}")
        report = inspect(api, resources)
    if as_json:
        problems = [
            {"what": each.path, "problem": each.problem, "fix": each.fix}
            for each in report.problems
        ]
        click.echo(json.dumps({"checked": report.checked, "problems": problems}, indent=2))
    else:
        for each in report.problems:
            click.echo(str(each))
        count = len(report.problems)
        found = f"{count} problem{'s' if count > 1 else ''}" if count else "no problem"
        click.echo(f"{found} found in {report.checked}")
    return FOUND_PROBLEMS if report.problems else 0
