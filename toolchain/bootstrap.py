"""Make `.venv` from the pinned versions. Runs on the machine's Python, so it uses the standard library only.

`python3 toolchain/bootstrap.py`; a second run that finds nothing changed ends at once.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "made-from"
PYTHON_FLOOR = (3, 11)
LINES_SHOWN = 15
"""How much of the output of pip or uv is shown when it fails."""

STEPS = ("Collecting ", "Obtaining ", "Installing ", "Resolved ", "Downloading ", "Installed ")
"""How the lines of pip and of uv begin that say how far they are."""

ELSEWHERE = ("PIP_PREFIX", "PIP_ROOT", "PIP_TARGET", "PIP_USER", "PIP_PYTHON")
"""Variables that have pip install into something else than this venv."""


def main() -> int:
    """Make or repair the venv; return the exit code."""
    if sys.version_info < PYTHON_FLOOR:
        found = ".".join(map(str, sys.version_info[:3]))
        return fail(
            f"Python {found} is too old; this project needs 3.11 or newer.",
            "Install one and name it: make up PYTHON=python3.12",
        )
    wanted = fingerprint()
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return 0
    say("making .venv from constraints.txt (up to a minute, once)")
    # Whatever is there is from other pins or from a run that was stopped.
    shutil.rmtree(VENV, ignore_errors=True)
    made = run([sys.executable, "-m", "venv", str(VENV)])
    if made.returncode:
        has_no_pip = "ensurepip is not available" in made.stdout
        return fail(
            f"Python could not make a venv:\n{tail(made.stdout)}",
            "On Debian and Ubuntu: apt install python3-venv"
            if has_no_pip
            else "See what it says above; the clone needs room and the right to write.",
        )
    if code := install():
        return code
    STAMP.write_text(wanted)
    return 0


def install() -> int:
    """Install the project with its pins: by uv, in seconds, or by pip, which every machine is set up for."""
    for name in ELSEWHERE:
        os.environ.pop(name, None)
    project = ("--constraint", "constraints.txt", "--editable", ".[local,dev,docs,policy]")
    python = str(VENV / "bin" / "python")
    pip = (
        *(python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"),
        # Python compiles the part that is used when it is used.
        "--no-compile",
    )
    if not has_own_index(python):
        got = run([*pip, *("--constraint", "constraints.txt", "--only-binary", "uv", "uv")])
        if not got.returncode:
            uv = (str(VENV / "bin" / "uv"), "pip", "install", "--python", python)
            got = run([*uv, *project])
        if not got.returncode:
            return 0
        say(f"uv could not install the packages, so pip does:\n{tail(got.stdout)}")
    got = run([*pip, *project])
    if got.returncode:
        return fail(
            f"pip could not install the pinned packages:\n{tail(got.stdout)}",
            "Check that pip reaches a package index (pip config list), then run the same command again.",
        )
    return 0


def has_own_index(python: str) -> bool:
    """Say whether packages come from where only pip knows: uv does not read pip's configuration."""
    configured = run([python, "-m", "pip", "config", "list"]).stdout
    return bool(re.search(r"\.(index-url|extra-index-url|no-index|proxy)=", configured))


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command, keep what it prints, and show a line for each step that pip or uv turns to."""
    lines: list[str] = []
    try:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    except OSError as error:  # A program for other machines, or none that may be run.
        return subprocess.CompletedProcess(command, 1, str(error))
    with process:
        assert process.stdout  # noqa: S101 - asked for above
        for line in process.stdout:
            lines.append(line)
            if line.startswith(STEPS):
                say("  " + line.split(" (from ")[0].split(" from ")[0].strip()[:100])
    return subprocess.CompletedProcess(command, process.returncode, "".join(lines))


def fingerprint() -> str:
    """Return what the venv depends on: the pins, the project's settings and the Python used."""
    digest = hashlib.sha256(sys.version.encode())
    for name in ("constraints.txt", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    # An editable install holds the clone's path.
    digest.update(str(ROOT).encode())
    return digest.hexdigest()


def tail(text: str) -> str:
    """Return the last lines of a long output."""
    return "\n".join(text.strip().splitlines()[-LINES_SHOWN:])


def say(line: str) -> None:
    """Print a progress line at once."""
    print(line, file=sys.stderr, flush=True)


def fail(problem: str, fix: str) -> int:
    """Print what is wrong and the way out; return the exit code."""
    say(f"error: {problem}\n{fix}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
