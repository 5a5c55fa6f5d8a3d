"""A Python that has loaded this project's packages once, and forks for each program that is to be run.

A command of Pulumi on our stack starts four or five Python processes, and most of its time goes to their imports. Here
each is still a process of its own, started by the engine, the language host or `make` through a file called `python`,
with its own arguments, environment, streams and signals; only the imports are done already. `tests/devstack/story`, the
tests of the host's and the provider's own processes, and each program for which a variable of Python's is set
(client.go) start real ones.
"""

import hashlib
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from toolchain import cache, go, provider
from toolchain.engine import HOST
from toolchain.files import write_script
from toolchain.home import Home

VIRTUALENV = "warm"
"""The folder of a home that is like a virtual environment with the warm Python."""

OF_PROGRAMS = ("pulumi", "pulumi_dbtcloud", "pulumi_dbtcloud_datafold")
"""What a user's program imports."""

OF_THE_CLONE = (
    *OF_PROGRAMS,
    "pulumi_dbtcloud_datafold.cli.main",
    "pulumi_dbtcloud_datafold.component_provider",
    *("toolchain.language_host.server", "toolchain.fake_provider.server", "toolchain.home"),
    *("localcloud.server", "localcloud.commands.git_event", "localcloud.commands.sql"),
    *("infra.config", "infra.account_checks", "infra.stack", "devstack.story.scenes"),
    # Imported only when a client, or a name of a host, is first used.
    *("httpcore", "encodings.idna"),
    "tests.warm.quiet",
)
"""What all programs of this repository import."""

LOUD = "TESTS_DEBUG_MESSAGES"
"""The environment variable with which programs send debug messages all the same (quiet.py)."""

ROOT = Path(__file__).resolve().parents[2]
_HERE = Path(__file__).parent
_SECONDS = 60


@contextmanager
def python(virtualenv: Path, cold: Path, modules: Sequence[str]) -> Iterator[Path]:
    """Keep one warm as long as the block lasts; the value is the program that stands for it.

    Args:
        virtualenv: A folder to make, which is then like a virtual environment.
        cold: The Python that it stands for.
        modules: What is imported already.
    """
    warm = virtualenv / "bin" / "python"
    with tempfile.TemporaryDirectory() as short:
        address = Path(short, "socket")
        server = subprocess.Popen(
            [cold, "-P", _HERE / "server.py", address, warm, *modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert server.stdin
        assert server.stdout
        try:
            assert server.stdout.readline() == b"warm\n"
            warm.parent.mkdir(parents=True, exist_ok=True)
            warm.with_name("python.warm").write_text(f"{address}\n{cold}\n")
            warm.unlink(missing_ok=True)
            shutil.copy(_client(), warm)
            yield warm
        finally:
            # It ends when its standard input does, and so it does if these tests are killed.
            server.stdin.close()
            server.wait(_SECONDS)
            server.stdout.close()


def _client() -> Path:
    """The program that stands for `python`, from the user's cache."""
    source = _HERE / "client.go"
    key = source.read_bytes() + repr((sys.platform, platform.machine())).encode()
    name = f"warm-client-{hashlib.sha256(key).hexdigest()[:16]}"
    built = cache.directory() / name / "client"
    with cache.lock(built.with_name("lock"), "the tests' stand-in for python", print):
        if not built.exists():
            toolchain = go.find(print)
            part = built.with_name("client.part")
            build = [toolchain.command, "build", "-ldflags=-s -w", "-o", part, source]
            subprocess.run(build, env={**toolchain.environment, "GOFLAGS": ""}, check=True)
            part.replace(built)
    return built


def command(program: Path, python: Path, script: Path) -> None:
    """Write a program that has that warm Python run a script."""
    write_script(program, f'#!/bin/sh\nexec {shlex.join([str(python), str(script)])} "$@"\n')


def use(python: Path, home: Home) -> None:
    """Let the host and the provider of `home`, and the programs of its `VIRTUALENV`, be run by that warm Python."""
    (home.local / VIRTUALENV).symlink_to(python.parents[1])
    plugin = provider.wanted()
    cold = f"exec {shlex.quote(sys.executable)} "
    for program in (home.bin / HOST, home.plugins / plugin.folder / plugin.program):
        # Either may be the official one.
        if program.exists() and cold.encode() in program.read_bytes():
            text = program.read_text().replace(cold, f"exec {shlex.quote(str(python))} ")
            write_script(program, text)


def option(home: Home) -> str:
    """The option of a `Pulumi.yaml` that has the warm Python run the program."""
    return f"virtualenv: {str(home.local / VIRTUALENV)!r}"


def components(folder: Path, home: Home) -> Path:
    """Make a folder `components` for programs of other languages, with the environment of `home` that it names."""
    copied = folder / "components"
    copied.mkdir()
    for file in (ROOT / "components").iterdir():
        if file.is_file():
            shutil.copy(file, copied)
    (folder / ".venv").symlink_to(home.local / VIRTUALENV)
    return copied
