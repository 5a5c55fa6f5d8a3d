"""A virtual environment as a user of the package has it: the built wheel, what it depends on, nothing of this clone.

The dependencies are those of the tests' own environment, so nothing is downloaded for them a second time.
"""

import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

from toolchain import cache

ROOT = Path(__file__).resolve().parents[3]
OWN = ("pulumi_dbtcloud_datafold", "_pulumi_dbtcloud_datafold")
"""How the editable install's files begin, which a user does not have."""


@dataclass(frozen=True)
class InstalledWheel:
    """The environment, and the wheel that is installed in it."""

    virtualenv: Path
    wheel: Path

    @property
    def python(self) -> Path:
        return self.virtualenv / "bin" / "python"

    def run(self, *arguments: str | Path) -> str:
        """Run the environment's Python away from the clone; return what it prints."""
        command = [self.python, *arguments]
        ran = subprocess.run(
            command, cwd=self.virtualenv, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def check_types(self, folder: Path, *files: str, kept: str) -> str:
        """Have mypy check programs of a folder against the package; return what it prints.

        `kept` names what it found out, for the next time: no two tests that may run at once share a name.
        """
        options = [
            "--strict",
            "--config-file",
            "/dev/null",
            "--python-executable",
            str(self.python),
        ]
        options += ["--no-sqlite-cache", "--cache-dir", str(cache.directory() / "mypy" / kept)]
        command = [sys.executable, "-m", "mypy", *options, *files]
        return subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False
        ).stdout


def make(folder: Path) -> InstalledWheel:
    """Build the wheel, make the environment, and let pip install the one into the other."""
    _run("hatchling", "build", "--target", "wheel", "--directory", folder / "dist")
    [wheel] = (folder / "dist").glob("*.whl")
    virtualenv = folder / "venv"
    venv.create(virtualenv, with_pip=False, symlinks=True)
    dependencies = folder / "dependencies"
    dependencies.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(OWN):
            (dependencies / entry.name).symlink_to(entry)
    [site_packages] = virtualenv.glob("lib/python*/site-packages")
    (site_packages / "dependencies.pth").write_text(f"{dependencies}\n")
    # With dependencies but without an index: pip fails if the tests' versions do not satisfy the wheel.
    python = virtualenv / "bin" / "python"
    _run("pip", "--disable-pip-version-check", "--python", python, "install", "--no-index", wheel)
    return InstalledWheel(virtualenv, wheel)


def _run(module: str, *arguments: str | Path) -> None:
    command = [sys.executable, "-m", module, *arguments]
    ran = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
