"""`dbtcloud-datafold sheet`: what to enter in Datafold."""

import json

import click

from pulumi_dbtcloud_datafold import datafold_form
from pulumi_dbtcloud_datafold.cli import stack_forms
from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.cli.pulumi_stack import PulumiStack, stack_options

_NO_JOBS = (
    "the stack has no job for Datafold. Run `pulumi up` first. A program of your own needs a "
    "DatafoldIntegration"
)


@click.command()
@stack_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def sheet(stack: str | None, cwd: str | None, as_json: bool) -> int:
    """Show what to enter in Datafold, field by field.

    After `pulumi up`. Datafold has no API for its dbt Cloud integration, so its form is filled in by hand; the secret
    of the service token is not shown here.
    """
    forms = stack_forms.forms(PulumiStack.of(stack, cwd).resources())
    if not forms:
        raise CommandError(_NO_JOBS)
    if as_json:
        click.echo(json.dumps({"notes": datafold_form.NOTES, "projects": forms}, indent=2))
    else:
        click.echo(datafold_form.as_text(forms), nl=False)
    return 0
