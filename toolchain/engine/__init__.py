"""The Pulumi engine and CLI, `pulumi`: from PATH, an official release, or built from its Go module.

`go.mod` beside this file pins the version that is built. A tools module is needed because
`go install ...@version` refuses a module with replace directives, which Pulumi's has.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from toolchain.cache import Report
from toolchain.engine.release import EngineRelease
from toolchain.errors import ToolchainError
from toolchain.go_program import GoProgram

CHOICE = "DATAFOLD_ENGINE"
"""Environment variable that overrides the choice of the engine.

Unset: the first there is of a fitting `pulumi` on PATH, a release or a build in the cache, the
official release, a new build. `build`: our own build whatever else there is. `path`: the one on PATH;
without a fitting one there is an error.
"""

MINIMUM = (3, 272, 0)
"""Oldest engine that fits: the version of the Python SDK that `constraints.txt` pins. An older engine
may lack what the SDK asks of it. Newer engines of the same major version support older SDKs."""

HOST = "pulumi-language-python"
"""File name of the Python language host."""

PRIVATE_HOME = ".toolchain-home"
"""Name of the file that marks a folder of `toolchain.home`. A `pulumi` there is our own link, not one
that the user installed."""

PINNED_VERSION = "v3.276.0"
"""Version of the official release that is downloaded, and of our own build."""

_VERSION_TIMEOUT_SECONDS = 30


def ensure_engine(report: Report) -> Path:
    """Return a `pulumi` that fits.

    Args:
        report: Receives the lines about progress.

    Raises:
        ToolchainError: there is none, and none could be built.
    """
    choice = os.environ.get(CHOICE, "")
    if choice not in ("", "build", "path"):
        message = f"""\
{CHOICE}: no such choice
  problem: it is {choice!r}
  fix:     unset it, or set it to `build` (always our own build) or `path` (never build)"""
        raise ToolchainError(message)
    if choice != "build":
        for program in _on_path():
            found = version(program)
            if found and fits(found):
                return program
            report(f"engine: {program} is {found or 'broken'}, {_wanted()} is needed")
    if choice == "path":
        message = f"""\
no Pulumi engine
  problem: {CHOICE} is `path`, and no `pulumi` on PATH is {_wanted()}
  fix:     install Pulumi (https://www.pulumi.com/docs/install/), or unset {CHOICE}"""
        raise ToolchainError(message)
    if choice == "":
        released = RELEASE.cached()
        if released is None and not BUILD.cached().exists():
            released = RELEASE.download(report)
        if released:
            return released
    return BUILD.ensure(report)


def fits(version: str) -> bool:
    """Say whether an engine that names itself `version` (as `v3.300.0`) is new enough for the SDK.

    A pre-release of the oldest version that fits does not fit.
    """
    match = re.fullmatch(r"v?(\d+)\.(\d+)\.(\d+)(-[^+]*)?(\+.*)?", version)
    if not match:
        return False
    found = tuple(int(part) for part in match.group(1, 2, 3))
    if found == MINIMUM and match.group(4):
        return False
    return found >= MINIMUM and found[0] == MINIMUM[0]


def version(program: Path) -> str | None:
    """Return what `pulumi version` prints, or None if the program does not run."""
    # Even this writes a log into Pulumi's home.
    with tempfile.TemporaryDirectory() as home:
        try:
            finished = subprocess.run(  # noqa: S603 - a `pulumi` from PATH or our cache
                [program, "version"],
                env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true", "PULUMI_HOME": home},
                capture_output=True,
                text=True,
                check=True,
                timeout=_VERSION_TIMEOUT_SECONDS,
            )
        except (OSError, ValueError, subprocess.SubprocessError):
            return None
    return finished.stdout.strip() or None


def has_official_host(engine: Path) -> bool:
    """Say whether an installed engine finds an official language host: beside it or on PATH."""
    beside = {str(engine.parent), str(engine.resolve().parent)}
    return any(shutil.which(HOST, path=folder) for folder in (*beside, *_path_without_homes()))


def _on_path() -> Iterator[Path]:
    for folder in _path_without_homes():
        found = shutil.which("pulumi", path=folder)
        if found:
            yield Path(found)


def _path_without_homes() -> list[str]:
    """Return the folders on PATH that are no private home, of this clone or of another."""
    return [folder for folder in os.get_exec_path() if not (Path(folder) / PRIVATE_HOME).exists()]


def _wanted() -> str:
    return f"{'.'.join(map(str, MINIMUM))} or newer, below {MINIMUM[0] + 1}"


def _is_pinned(program: Path) -> bool:
    return version(program) == PINNED_VERSION


RELEASE = EngineRelease(version=PINNED_VERSION, works=_is_pinned)
"""The official release."""

BUILD = GoProgram(
    name="pulumi",
    label="engine",
    module=Path(__file__).parent,
    package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    # -s -w leaves out 45 MB of debug information. Without -X the program has no version, and
    # Pulumi's Automation API refuses it.
    ldflags="-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=" + PINNED_VERSION,
    works=_is_pinned,
    duration="3 to 5 minutes on two cores",
)
"""The engine that is built where no other can be had."""
