"""A clone of this repository in which `make` works without installing anything again."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[3]
COMMAND_SECONDS = 300


@dataclass
class Clone:
    """A working tree with a venv that borrows the packages of the one that runs the tests."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def cloud(self) -> Path:
        """Where the local dbt Cloud keeps its data."""
        return self.folder / ".local" / "cloud"

    def job_ids(self) -> dict[tuple[str, str], int]:
        """The numbers of the dev stack's jobs, by project and role."""
        outputs = json.loads(self.sh("pulumi stack output --stack dev --json"))
        return {
            (project, role): job["job_id"]
            for project, roles in outputs["jobs"].items()
            for role, job in roles.items()
        }

    def make(self, *arguments: str, fails: bool = False) -> str:
        """Run make; return all it prints."""
        ended = self._run(["make", *arguments], subprocess.STDOUT)
        assert bool(ended.returncode) == fails, ended.stdout
        return ended.stdout

    def sh(self, script: str) -> str:
        """Run a script in the environment that `make env` prints, as one types it."""
        ended = self._run(["sh", "-c", f'set -e; eval "$(make -s env)"; {script}'], subprocess.PIPE)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def _run(self, command: list[str], errors: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, "PYTHON": sys.executable, **self.environment},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS,
        )


def with_port(folder: Path) -> Clone:
    """Make a clone whose local dbt Cloud is to listen where nobody does."""
    made = of(folder)
    made.environment["PORT"] = str(free_port())
    return made


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def of(folder: Path) -> Clone:
    """Copy what git tracks and lay out the venv, stamped as `make venv` would stamp it."""
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for name in filter(None, tracked.split("\0")):
        source, copy = ROOT / name, folder / name
        if source.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
            copy.chmod(source.stat().st_mode)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", ".venv"], cwd=folder, check=True)
    packages = next((folder / ".venv").glob("lib/python*/site-packages"))
    borrowed = Path(click.__file__).parents[1]
    (packages / "clone.pth").write_text(f"{folder}\n{folder}/components\n{borrowed}\n")
    stamp = "import bootstrap; bootstrap.STAMP.write_text(bootstrap.fingerprint())"
    subprocess.run([sys.executable, "-c", stamp], cwd=folder / "toolchain", check=True)
    return Clone(folder)
