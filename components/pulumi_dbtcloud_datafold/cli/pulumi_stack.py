"""The stack, seen through the `pulumi` command, as the user would call it."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import click

from pulumi_dbtcloud_datafold.cli.errors import CommandError

_WAYS_OUT = {
    "no stack selected": "or name one with --stack; `pulumi stack init` makes one, in a clone `make up` the stack dev",
    "no stack named": "`pulumi stack ls` lists the stacks there are",
    "no Pulumi.yaml project file": "run it in the folder of the stack's Pulumi.yaml, or name that with --cwd",
    "incorrect passphrase": "set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE, to this stack's",
}
"""Fixes for some errors of `pulumi`, which does not name them itself, by words of the error."""

_PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml")
PAGE_SIZE = 20
"""So many updates of the history are asked for at once."""

F = TypeVar("F", bound=Callable[..., Any])

_NO_PULUMI = (
    "there is no `pulumi` on PATH. Install it (https://www.pulumi.com/docs/install/), or in a clone of "
    "pulumi-dbtcloud-datafold open the shell that has it: make shell"
)


def stack_options(command: F) -> F:
    """Add `--stack` and `--cwd` to a command, as `pulumi` has them."""
    command = click.option(
        "-C", "--cwd", type=click.Path(exists=True, file_okay=False), help="Run as if started here."
    )(command)
    return click.option("-s", "--stack", help="Stack. Default: the selected one.")(command)


@dataclass(frozen=True)
class PulumiStack:
    """A stack of the Pulumi project in `folder`.

    Attributes:
        name: Name as `pulumi --stack` takes it; None is the selected stack.

    Raises:
        CommandError: From every method, if `pulumi` fails; the message has its error.
    """

    folder: Path
    name: str | None

    @classmethod
    def of(cls, stack: str | None, cwd: str | None) -> "PulumiStack":
        """Return the stack that the options name."""
        return cls(Path(cwd or "."), stack)

    def preview(
        self, import_file: Path, variables: Mapping[str, str]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Preview, with additional environment variables; return its steps and the import file it writes."""
        # With what does not change: only so are the objects known that the stack has already.
        arguments = ("preview", "--json", "--show-sames", "--import-file", str(import_file))
        ran = self._run(*arguments, variables=variables)
        output = _json(ran.stdout)
        if ran.returncode:
            errors = [
                str(message["message"]).strip().removeprefix("error: ")
                for message in output.get("diagnostics", [])
                if message.get("severity") == "error"
            ]
            raise _failed("preview", "\n".join(errors) or ran.stderr)
        return output, json.loads(import_file.read_text(encoding="utf-8"))

    def resources(self, *, show_secrets: bool = False) -> list[dict[str, Any]]:
        """Return the resources of the stack's state, secrets encrypted unless they are to be shown."""
        deployment = self.deployment(show_secrets=show_secrets)
        resources: list[dict[str, Any]] = deployment.get("resources") or []
        return resources

    def deployment(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """Return the stack's state: its resources, and the operations that were begun and never ended."""
        shown = ["--show-secrets"] if show_secrets else []
        deployment: dict[str, Any] = json.loads(self.ask("stack", "export", *shown))["deployment"]
        return deployment

    def updates(self) -> Iterator[dict[str, Any]]:
        """Yield the commands that have ended, the newest first. One that was killed is not among them."""
        for page in count(1):
            asked = ("stack", "history", "--json", f"--page-size={PAGE_SIZE}", f"--page={page}")
            updates: list[dict[str, Any]] = json.loads(self.ask(*asked))
            yield from updates
            if len(updates) < PAGE_SIZE:
                return

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs, secrets masked."""
        outputs: dict[str, Any] = json.loads(self.ask("stack", "output", "--json"))
        return outputs

    def config(self) -> dict[str, str | None]:
        """Return the keys of the stack's configuration with their values, of a secret with None."""
        found: dict[str, dict[str, Any]] = json.loads(self.ask("config", "--json"))
        return {key: value.get("value") for key, value in found.items()}

    def secret_config(self, key: str) -> str:
        """Return a key of the configuration that is there, decrypted."""
        return self.ask("config", "get", key).rstrip("\n")

    def set_config(self, key: str, value: str, *, secret: bool) -> None:
        """Write a key of the configuration, a secret encrypted; the value is on no command line."""
        kind = "--secret" if secret else "--plaintext"
        ran = self._run("config", "set", kind, key, stdin=value)
        if ran.returncode:
            raise _failed(f"config set {key}", ran.stderr)

    def project_file(self) -> Path | None:
        """Return the Pulumi.yaml of the stack's program, here or above, as `pulumi` finds it; None without one."""
        folder = self.folder.resolve()
        files = (parent / name for parent in (folder, *folder.parents) for name in _PROJECT_FILES)
        return next((file for file in files if file.is_file()), None)

    def full_name(self) -> str:
        """Return the stack's name."""
        return self.name or self.ask("stack", "--show-name").strip()

    def ask(self, *arguments: str) -> str:
        """Run `pulumi` and return what it prints."""
        ran = self._run(*arguments)
        if ran.returncode:
            raise _failed(" ".join(arguments), ran.stderr)
        return ran.stdout

    def backend_url(self) -> str:
        """Return where the state is."""
        found: dict[str, Any] = json.loads(PulumiStack(self.folder, None).ask("whoami", "-v", "-j"))
        return str(found["url"])

    def show(self, *arguments: str) -> None:
        """Run `pulumi`, whose output goes to where ours does."""
        if self._run(*arguments, shown=True).returncode:
            raise CommandError(f"`pulumi {arguments[0]}` fails, as it says above")

    def _run(
        self,
        *arguments: str,
        variables: Mapping[str, str] | None = None,
        stdin: str | None = None,
        shown: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        pulumi = shutil.which("pulumi")
        if not pulumi:
            raise CommandError(_NO_PULUMI)
        of_stack = ["--stack", self.name] if self.name else []
        return subprocess.run(  # noqa: S603 - the user's own pulumi
            [pulumi, "--non-interactive", *arguments, *of_stack],
            cwd=self.folder,
            env={**os.environ, **(variables or {})},
            input=stdin or "",
            capture_output=not shown,
            text=True,
            check=False,
        )


def _failed(command: str, output: str) -> CommandError:
    reason = output.strip().removeprefix("error: ")
    ways_out = [f"\n  {way}" for words, way in _WAYS_OUT.items() if words in reason]
    return CommandError(f"`pulumi {command}` fails: {reason}{''.join(ways_out)}")


def _json(text: str) -> dict[str, Any]:
    """Return what `pulumi --json` printed; nothing if it failed before it could print."""
    found: dict[str, Any] = json.loads(text) if text.lstrip().startswith("{") else {}
    return found
