"""What all commands need: Pulumi and the local dbt Cloud, prepared on this machine."""

import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import click

from devstack.file_backend import FileBackend
from localcloud import process
from toolchain import home

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
CLOUD = LOCAL / "cloud"
STACK = "dev"
DEV = f"dbtcloud-datafold/{STACK}"
BACKEND = FileBackend(LOCAL / "state" / ".pulumi")
PORT = 8765
_PORTS_TO_TRY = 100
NO_PREVIEW = ("--yes", "--skip-preview", "--non-interactive")
"""Where no program of ours could refuse anything in a preview, which would only take its time."""
TOKEN = "local-dbt-cloud"  # noqa: S105 - no secret: the seed's token opens only the loopback server
_SEED = ROOT / "localcloud" / "seeds" / "dev.yaml"


class CommandError(Exception):
    """A command has failed and printed why.

    Attributes:
        code: Its exit code.
    """

    def __init__(self, code: int) -> None:
        """Keep the exit code."""
        super().__init__(code)
        self.code = code


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
            "DBT_CLOUD_TOKEN": TOKEN,
            "LOCALCLOUD_DATA": str(CLOUD),
            # Where and how the state is, for `FileBackend`.
            "PULUMI_DIY_BACKEND_LEGACY_LAYOUT": "false",
            "PULUMI_DIY_BACKEND_GZIP": "false",
            "PULUMI_DIY_BACKEND_ZSTD": "false",
        }

    def pulumi(self, *arguments: str) -> None:
        """Run `pulumi` in the clone; its output goes to the terminal."""
        run([str(self.pulumi_home.pulumi), *arguments], {**os.environ, **self.variables})

    def pulumi_output(self, *arguments: str) -> str:
        """Run `pulumi` in the clone and return what it prints."""
        return subprocess.run(  # noqa: S603 - our engine
            [str(self.pulumi_home.pulumi), *arguments],
            cwd=ROOT,
            env={**os.environ, **self.variables},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout


def run(command: list[str], environment: dict[str, str], output: IO[str] | None = None) -> None:
    """Run a command in the clone to its end, also when it is interrupted.

    The terminal interrupts it as well: a `pulumi` that creates jobs waits for their numbers then, and writes its state.

    Args:
        command: The command.
        environment: Its environment variables.
        output: Where what it prints goes. Default: where ours does.

    Raises:
        CommandError: It has failed.
        KeyboardInterrupt: It was interrupted, and has ended.
    """
    interrupts: list[int] = []
    # A handler, and not SIG_IGN, which the command would inherit.
    before = signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, before)
    try:
        code = subprocess.run(  # noqa: S603 - our own
            command, cwd=ROOT, env=environment, stdout=output, check=False
        ).returncode
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupts:
        raise KeyboardInterrupt
    if code:
        raise CommandError(code)


def report(line: str) -> None:
    """Print a line about what is being done, beside the output."""
    click.echo(line, err=True)


def localcloud(*arguments: str, output: IO[str] | None = None) -> None:
    """Run a command of the local dbt Cloud on the clone's data directory."""
    command = [sys.executable, "-m", "localcloud", *arguments, "--data", str(CLOUD)]
    run(command, dict(os.environ), output)


def prepare(port: int | None) -> Machine:
    """Prepare Pulumi, and find out where the local dbt Cloud listens, or is to listen.

    One that is running keeps its port. Otherwise it is the given one, or the one in the stack's state, or the default.
    """
    machine = Machine(home.prepare(LOCAL, report), PORT)
    if running := process.find(CLOUD):
        return replace(machine, port=running.port)
    if port is None:
        port = BACKEND.port_of(DEV)
    return machine if port is None else replace(machine, port=port)


def prepare_with_cloud(port: int | None) -> Machine:
    """Prepare Pulumi and start the local dbt Cloud.

    Where no port is given and the usual one is taken, it listens at the next free one.
    """
    machine = prepare(port)
    listen_at = machine.port if port is None else port
    if not process.find(CLOUD):
        if port is None:
            listen_at = _free_port_from(machine.port)
        report("dbt Cloud: starting the local one")
    # Beside the output, which is the shell's to evaluate in `make env`.
    localcloud("start", "--port", str(listen_at), "--seed", str(_SEED), output=sys.stderr)
    running = process.find(CLOUD)
    return replace(machine, port=running.port) if running else machine


def _free_port_from(first: int) -> int:
    """Return a port that nobody listens on; if there is none near, the first, which the server then refuses."""
    for port in range(first, min(first + _PORTS_TO_TRY, 65536)):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port != first:
            report(f"dbt Cloud: port {first} is taken, so the local one listens at {port}")
        return port
    return first


def release_dead_lock(machine: Machine) -> None:
    """Unlock the stack if the pulumi that locked it is no longer alive, and let its state be read.

    Raises:
        click.ClickException: It is alive, or was on another machine.
    """
    BACKEND.remove_torn_attributes()
    for lock in BACKEND.locks(DEV):
        if not lock.is_dead:
            message = (
                f"the stack {STACK} is locked by {lock.holder}, which may still be at work.\n"
                f"Wait for it, or if it is stuck: make shell, then pulumi cancel --yes {STACK}"
            )
            raise click.ClickException(message)
        report(f"pulumi: removing the lock of {lock.holder}, which has ended")
        machine.pulumi("cancel", "--yes", STACK, "--non-interactive")
        return


def recover(machine: Machine) -> None:
    """Recover what a killed pulumi has left, if there is anything."""
    if BACKEND.was_creating(DEV):
        report("pulumi: recovering what an interrupted run was making")
        command = [sys.executable, "-m", "pulumi_dbtcloud_datafold.cli", "recover", "--yes"]
        run([*command, "--stack", STACK], {**os.environ, **machine.variables})


def refresh_after_move(machine: Machine) -> None:
    """Let the stack's state know where the local dbt Cloud is now, if it has moved.

    `up --refresh` and `destroy --refresh` ask the provider as it is in the state, at the old port. Only the program
    knows the new one; it is not run otherwise, so that `make down` does not depend on it.
    """
    if BACKEND.port_of(DEV) not in (None, machine.port):
        report(f"pulumi: the local dbt Cloud has moved to port {machine.port}")
        machine.pulumi("refresh", *NO_PREVIEW, "--run-program", "--stack", STACK)
