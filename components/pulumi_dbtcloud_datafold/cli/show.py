"""`dbtcloud-datafold show`: what a stack declares after merging, and where each value is written."""

import json
from collections.abc import Iterator
from typing import Any

import click

from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.cli.job_wording import SHOWN_SECRET
from pulumi_dbtcloud_datafold.cli.pulumi_stack import PulumiStack, stack_options
from pulumi_dbtcloud_datafold.settings import layers
from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError


@click.command()
@stack_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(stack: str | None, cwd: str | None, as_json: bool) -> int:
    """Show what the stack's files declare, merged, and where each value is written.

    The stack file, the definition it names, and the defaults of both. What no file sets is not shown:
    docs/configuration-reference.md has the defaults of each key. Secrets are not shown.
    """
    of = PulumiStack.of(stack, cwd)
    merged = _merged(of)
    if as_json:
        origins = {
            ".".join(path): {"file": origin.file, "key": ".".join(origin.path)}
            for path, origin in merged.origins.items()
        }
        click.echo(json.dumps({"config": merged.content, "origins": origins}, indent=2))
    else:
        for line in _lines(merged, merged.content, ()):
            click.echo(line)
    return 0


def _merged(stack: PulumiStack) -> layers.Merged:
    """Read and merge the files.

    Raises:
        CommandError: A file cannot be used, or the stack has none of our keys.
    """
    source = f"Pulumi.{stack.full_name().rpartition('/')[2]}.yaml"
    config = {
        key.removeprefix(f"{layers.NAMESPACE}:"): _value(value)
        for key, value in stack.config().items()
        if key.startswith(f"{layers.NAMESPACE}:")
    }
    ours = layers.Layer(source, layers.without_helpers(config))
    if not ours.content:
        message = (
            f"{source} has no key of {layers.NAMESPACE}: it is the stack file of a program of its own, which declares "
            "in code. `pulumi preview` shows what"
        )
        raise CommandError(message)
    file = stack.project_file()
    merged, problems = layers.with_definition(ours, file.parent if file else stack.folder.resolve())
    if problems or merged is None:
        raise CommandError(str(ConfigurationError(source, problems)))
    return merged


def _value(text: str | None) -> Any:  # noqa: ANN401 - any YAML
    """Return a value of the configuration, which Pulumi gives as text; null is an empty one."""
    if text is None:
        return SHOWN_SECRET
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return text


def _lines(merged: layers.Merged, block: dict[str, Any], at: layers.KeyPath) -> Iterator[str]:
    """Write a block as YAML, behind each value where it is written."""
    for key, value in block.items():
        path = (*at, key)
        indented = f"{'  ' * len(at)}{key}:"
        if isinstance(value, dict) and value:
            yield indented
            yield from _lines(merged, value, path)
        else:
            origin = merged.origins[path]
            place = str(origin) if origin.path != path else origin.file
            yield f"{indented} {json.dumps(value, ensure_ascii=False)}  # {place}"
