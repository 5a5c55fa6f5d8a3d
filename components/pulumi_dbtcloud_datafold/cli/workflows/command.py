"""`dbtcloud-datafold workflows`: pipelines that preview, bring up and check a stack."""

from pathlib import Path
from typing import Literal

import click

from pulumi_dbtcloud_datafold.cli import generated_file
from pulumi_dbtcloud_datafold.cli.pulumi_stack import PulumiStack, stack_options
from pulumi_dbtcloud_datafold.cli.workflows import github, gitlab
from pulumi_dbtcloud_datafold.cli.workflows.settings import WorkflowSettings
from pulumi_dbtcloud_datafold.pipeline.pipeline_file import MARK, as_yaml

_HOSTS = {"github": github, "gitlab": gitlab}
_WHERE = {
    "github": "the repository's secrets (Settings > Secrets and variables > Actions)",
    "gitlab": "the project's CI/CD variables (Settings > CI/CD > Variables; masked)",
}


@click.command()
@click.argument("git_host", type=click.Choice(sorted(_HOSTS)))
@stack_options
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=".",
    help="Root of the repository's checkout. Default: here.",
)
@click.option("--branch", default="main", help="Branch that is brought up. Default: main.")
@click.option("--folder", default=".", help="Where Pulumi.yaml is in the repository.")
@click.option(
    "--backend-url",
    default="",
    help="Where the state is: s3://, gs://, azblob:// or https://. Default: Pulumi Cloud.",
)
@click.option(
    "--install",
    multiple=True,
    help="A command that installs the program and dbtcloud-datafold; several are run in order. Default: pip for the "
    "command, `pulumi install` for the program.",
)
@click.option(
    "--token-secret",
    default="",
    help="Secret with the dbt Cloud token. Default: dbtcloud:token of the stack.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["warning", "error"]),
    default="error",
    help="From which severity on the nightly check fails. Default: error.",
)
def workflows(
    git_host: str,
    stack: str | None,
    cwd: str | None,
    output: Path,
    branch: str,
    folder: str,
    backend_url: str,
    install: tuple[str, ...],
    token_secret: str,
    fail_on: Literal["warning", "error"],
) -> int:
    """Write pipelines that preview, bring up and check a stack.

    On a pull request: a preview, with what it says as a comment that is replaced each time. After the merge: `pulumi
    up`, one run at a time. Each night: `dbtcloud-datafold check`. A pull request from a fork gets no secret, so it has
    no preview. The files hold no secret; this command says which ones the repository needs.
    """
    settings = WorkflowSettings(
        PulumiStack.of(stack, cwd).full_name(),
        branch=branch,
        folder=folder,
        backend_url=backend_url,
        install=install,
        token_secret=token_secret,
        fail_on=fail_on,
    )
    made = _HOSTS[git_host].files(settings)
    for path in made:
        generated_file.refuse_foreign(output / path)
    for path, data in made.items():
        generated_file.write(output / path, _header(git_host, path) + as_yaml(data))
        click.echo(f"wrote {output / path}")
    click.echo(f"Set in {_WHERE[git_host]}: {', '.join(settings.secrets.values())}.")
    if not install:
        click.echo(
            "They install dbtcloud-datafold with pip. If your package index does not have it, name a command that "
            "installs it: --install"
        )
    if git_host == "gitlab":
        click.echo(
            "Set GITLAB_TOKEN too, a project access token with the scope api, for the environment "
            f"{gitlab.COMMENT_ENVIRONMENT} only. Make a schedule for the check: Build > Pipeline schedules."
        )
    return 0


def _header(git_host: str, path: str) -> str:
    lines = [f"{MARK}; generate it again instead of editing it (dbtcloud-datafold workflows)."]
    if git_host == "gitlab":
        lines.append(f"# In .gitlab-ci.yml:  include: [{{local: /{path}}}]")
    return "".join(f"{line}\n" for line in lines)
