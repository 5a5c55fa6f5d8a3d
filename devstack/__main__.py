"""The dev stack on this machine: engine, provider, local dbt Cloud and stack, up and down.

`make` calls it; `python -m devstack.local --help` lists the commands. The stack program does not import it.
"""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from devstack.file_backend import FileBackend, UnreadableStateError
from devstack.story import scenes
from devstack.story.account import Account, StoryError
from localcloud import process
from toolchain import home
from toolchain.errors import ToolchainError

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
CLOUD = LOCAL / "cloud"
STACK = "dev"
DEV = f"dbtcloud-datafold/{STACK}"
BACKEND = FileBackend(LOCAL / "state" / ".pulumi")
PORT = 8765
AT_ONCE = ("--yes", "--skip-preview", "--non-interactive")
"""For what no program of ours could refuse in a preview, which would only take its time."""
SEED = ROOT / "localcloud" / "seeds" / "dev.yaml"
_NO_ROOM_OR_RIGHT = (
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT),
    *(errno.EEXIST, errno.ENOTDIR),  # A file is where a folder is to be.
)
LOCAL_TOKEN = "local-dbt-cloud"  # noqa: S105 - no secret: the seed's token opens only the loopback server


@dataclass(frozen=True)
class Machine:
    """What is needed to run `pulumi` on the dev stack.

    Attributes:
        port: Where the local dbt Cloud listens on loopback.
    """

    pulumi_home: home.Home
    port: int

    @property
    def origin(self) -> str:
        """Scheme, address and port of the local dbt Cloud."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that `make shell` adds."""
        path = self.pulumi_home.env["PATH"].split(os.pathsep)
        return {
            **self.pulumi_home.env,
            # Last, so that python stays the user's: for dbtcloud-datafold.
            "PATH": os.pathsep.join(dict.fromkeys([*path, str(Path(sys.executable).parent)])),
            # The one that encryptionsalt in Pulumi.dev.yaml belongs to: the dev stack holds no secret of value.
            "PULUMI_CONFIG_PASSPHRASE": "",
            "DBT_CLOUD_HOST_URL": f"{self.origin}/api",
            "DBT_CLOUD_TOKEN": LOCAL_TOKEN,
            "LOCALCLOUD_DATA": str(CLOUD),
            # Where and how the state is, for those who read it here.
            "PULUMI_DIY_BACKEND_LEGACY_LAYOUT": "false",
            "PULUMI_DIY_BACKEND_GZIP": "false",
            "PULUMI_DIY_BACKEND_ZSTD": "false",
        }

    def pulumi(self, *arguments: str) -> None:
        """Run `pulumi` in the clone; its output goes to the terminal."""
        _run([str(self.pulumi_home.pulumi), *arguments], {**os.environ, **self.variables})

    def ask_pulumi(self, *arguments: str) -> str:
        """Run `pulumi` in the clone and return what it prints."""
        return subprocess.run(  # noqa: S603 - our engine
            [str(self.pulumi_home.pulumi), *arguments],
            cwd=ROOT,
            env={**os.environ, **self.variables},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout


class CommandError(Exception):
    """A command has failed and has said why.

    Attributes:
        code: Its exit code.
    """

    def __init__(self, code: int) -> None:
        """Keep the exit code."""
        super().__init__(code)
        self.code = code


def _run(command: list[str], environment: dict[str, str]) -> None:
    """Run a command to its end, also when it is interrupted.

    The terminal interrupts it as well: a `pulumi` that creates jobs waits for their numbers then, and writes its state.
    """
    interrupts: list[int] = []
    # A handler, and not SIG_IGN, which the command would inherit.
    before = signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, before)
    try:
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode  # noqa: S603 - our own
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupts:
        raise KeyboardInterrupt
    if code:
        raise CommandError(code)


def _say(line: str) -> None:
    click.echo(line, err=True)


_port = click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"Where a local dbt Cloud is to listen. Default: where it did last, or else {PORT}.",
)


def _machine(asked: int | None) -> Machine:
    """Prepare Pulumi, and find out where the local dbt Cloud listens, or is to listen.

    One that is running keeps its port. Otherwise it is the one asked for, or the one in the stack's state.
    """
    machine = Machine(home.prepare(LOCAL, _say), PORT)
    if running := process.find(CLOUD):
        return replace(machine, port=running.port)
    if asked is None:
        asked = BACKEND.port_of(DEV)
    return machine if asked is None else replace(machine, port=asked)


def _with_cloud(asked: int | None) -> Machine:
    """Prepare Pulumi and start the local dbt Cloud."""
    machine = _machine(asked)
    if not process.find(CLOUD):
        _say("dbt Cloud: starting the local one")
    port = str(machine.port if asked is None else asked)
    arguments = ("--data", str(CLOUD), "--port", port, "--seed", str(SEED))
    _run([sys.executable, "-m", "localcloud", "start", *arguments], dict(os.environ))
    running = process.find(CLOUD)
    return replace(machine, port=running.port) if running else machine


def _other_clouds() -> list[Path]:
    """Return the data directories in the clone on which further local dbt Clouds run."""
    found = {file.parent for file in LOCAL.glob("*/server.json")} - {CLOUD}
    return sorted(directory for directory in found if process.find(directory))


def _tell_new_port(machine: Machine) -> None:
    """Let the stack's state know where the local dbt Cloud is now, if it has moved.

    `up --refresh` and `destroy --refresh` ask the provider as it is in the state, at the port of then. Only the program
    knows the new one; it is not run otherwise, so that `make down` does not depend on it.
    """
    if BACKEND.port_of(DEV) not in (None, machine.port):
        _say(f"pulumi: the local dbt Cloud has moved to port {machine.port}")
        machine.pulumi("refresh", *AT_ONCE, "--run-program", "--stack", STACK)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Run the dev stack on this machine, without an account."""


def _bring_up(port: int | None) -> tuple[Machine, dict[str, Any]]:
    """Bring everything up, say what was made, and return it with the stack's outputs."""
    machine = _with_cloud(port)
    _release_dead_lock(machine)
    _say(f"pulumi: bringing up the stack {STACK}")
    machine.pulumi("stack", "select", STACK, "--create", "--non-interactive")
    _tell_new_port(machine)
    # Refresh first: after the local dbt Cloud was reset, the state is what is out of date. With the preview: what is
    # refused there leaves the state as it was. Without outputs: `_show` has what a person needs of them.
    of_up = ("--yes", "--refresh", "--suppress-outputs", "--non-interactive")
    machine.pulumi("up", *of_up, "--stack", STACK)
    outputs = json.loads(machine.ask_pulumi("stack", "output", "--json", "--stack", STACK))
    _show(outputs)
    click.echo(f"The local dbt Cloud, its jobs and runs, in a browser: {machine.origin}/")
    return machine, outputs


@cli.command()
@_port
def up(port: int | None) -> None:
    """Bring everything up and say what was made."""
    _bring_up(port)


@cli.command()
@_port
def story(port: int | None) -> None:
    """Bring everything up, then live through a day: schedule, pull request, merge, hourly artifacts."""
    machine, outputs = _bring_up(port)
    numbers = {
        name: {role: int(job["job_id"]) for role, job in by_role.items()}
        for name, by_role in outputs["jobs"].items()
    }
    try:
        with Account(machine.origin, outputs["account_id"], LOCAL_TOKEN) as account:
            scenes.tell(scenes.Stage(account, CLOUD, numbers, click.echo))
    except StoryError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"\nAll of it, with every log, in a browser: {machine.origin}/")


@cli.command()
@_port
def down(port: int | None) -> None:
    """Destroy the dev stack, stop the local dbt Cloud, remove what they left."""
    stacks = BACKEND.stacks()
    if DEV in stacks:
        machine = _with_cloud(port)
        _release_dead_lock(machine)
        _tell_new_port(machine)
        machine.pulumi("destroy", *AT_ONCE, "--refresh", "--stack", STACK)
        machine.pulumi("stack", "rm", STACK, "--yes", "--preserve-config", "--non-interactive")
    _run([sys.executable, "-m", "localcloud", "stop", "--data", str(CLOUD)], dict(os.environ))
    others, clouds = sorted(stacks - {DEV}), list(map(str, _other_clouds()))
    if others or clouds:
        held = [f"the state of {each}" for each in others]
        held += [f"the data of the local dbt Cloud that runs on {each}" for each in clouds]
        _say(
            f"kept {LOCAL}: it holds {', '.join(held)}. To remove these too: make shell, then in the folder of each "
            "project pulumi destroy and pulumi stack rm, with --stack; localcloud stop --data with the directory of "
            "each local dbt Cloud; then make down again"
        )
        return
    if LOCAL.exists():
        shutil.rmtree(LOCAL)
    _say("down: the stack is destroyed, the local dbt Cloud is stopped, nothing is left")


@cli.command()
@_port
def shell(port: int | None) -> None:
    """Open a shell in which `pulumi` works on the dev stack; leave it with `exit`."""
    machine = _with_cloud(port)
    if DEV not in BACKEND.stacks():
        _say(f"the stack {STACK} is not there yet; make up makes and selects it")
    program = os.environ.get("SHELL") or "/bin/sh"
    _say(f"pulumi works in this shell ({program}); leave it with `exit`")
    os.execve(program, [program], {**os.environ, **machine.variables})  # noqa: S606 - the user's shell


@cli.command()
@_port
def env(port: int | None) -> None:
    """Print the lines that set the environment, for `eval` or `source`."""
    machine = _machine(port)
    for line in home.export_lines(machine.variables):
        click.echo(line)


def _release_dead_lock(machine: Machine) -> None:
    """Unlock the stack if the pulumi that locked it is no longer alive.

    Raises:
        click.ClickException: It is alive, or was on another machine.
    """
    for lock in BACKEND.locks(DEV):
        if not lock.is_dead:
            message = (
                f"the stack {STACK} is locked by {lock.holder}, which may still be at work.\n"
                f"Wait for it, or if it is stuck: make shell, then pulumi cancel --yes {STACK}"
            )
            raise click.ClickException(message)
        _say(f"pulumi: removing the lock of {lock.holder}, which has ended")
        machine.pulumi("cancel", "--yes", STACK, "--non-interactive")
        return


def _show(outputs: dict[str, Any]) -> None:
    """Print what was made, and which job to choose in Datafold."""
    rows = [("Project", "Job", "Number", "Choose in Datafold as", "Page")]
    rows += [
        (project, job["name"], str(job["job_id"]), job["datafold_field"] or "", job["url"])
        for project, by_role in outputs["jobs"].items()
        for job in by_role.values()
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    click.echo()
    for row in rows:
        click.echo("  ".join(map(str.ljust, row, widths)).rstrip())
    if token := outputs.get("service_token"):
        click.echo(
            f"\nService token: {token['name']} (number {token['id']}). To see its secret: make shell, then "
            "pulumi stack output service_token_string --show-secrets"
        )
    click.echo("To type pulumi commands yourself: make shell. To end everything: make down.")


def main() -> None:
    """Run the command; a mistake of the machine is one message."""
    try:
        cli()
    except (ToolchainError, UnreadableStateError) as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
    except CommandError as error:
        sys.exit(error.code)
    except OSError as error:
        if error.errno not in _NO_ROOM_OR_RIGHT:
            raise
        click.echo(
            f"error: {error}: the clone and the cache need room and the right to write", err=True
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
