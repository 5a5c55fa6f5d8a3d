"""A small Pulumi project in a temporary folder, driven through the CLI as a user types it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from toolchain.home import Home

TIMEOUT_SECONDS = 120

VIRTUALENV = f"virtualenv: {sys.prefix!r}"
"""The option of a `Pulumi.yaml` that has the Python of the tests run the program."""


class Project:
    """The project has an empty program until one is written."""

    def __init__(self, folder: Path, home: Home, state: Path, options: str, main: str | None):
        self.folder = folder
        self._env = {
            **os.environ,
            **home.env,
            "PULUMI_BACKEND_URL": state.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_STACK": "dev",
            # A program that is changed to one as long within a second would be taken for the compiled one.
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self._pulumi = home.pulumi
        state.mkdir(parents=True, exist_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        lines = ["name: tiny", "runtime:", "  name: python", f"  options: {{{options}}}"]
        if main:
            lines.append(f"main: {main}")
        (folder / "Pulumi.yaml").write_text("\n".join(lines) + "\n")
        self.write("")

    def write(self, text: str, path: str = "__main__.py") -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self._pulumi, *arguments, "--non-interactive"],
            cwd=self.folder,
            env={**self._env, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def try_pulumi(self, *arguments: str, **more: str) -> tuple[int, str]:
        """Run a command; return its exit code and everything it printed."""
        process = self.start(*arguments, **more)
        output, _ = process.communicate(timeout=TIMEOUT_SECONDS)
        return process.returncode, output

    def pulumi(self, *arguments: str, **more: str) -> str:
        """Run a command that has to succeed; return what it printed."""
        code, output = self.try_pulumi(*arguments, **more)
        assert code == 0, output
        return output

    def refused(self, *arguments: str, **more: str) -> str:
        """Run a command that has to fail, without a traceback; return what it printed."""
        code, output = self.try_pulumi(*arguments, **more)
        assert code != 0, output
        assert "Traceback" not in output
        return output

    def outputs(self, *options: str) -> dict[str, Any]:
        """Bring the stack up and return its outputs."""
        self.pulumi("up", "--yes", "--skip-preview")
        outputs: dict[str, Any] = json.loads(self.pulumi("stack", "output", "--json", *options))
        return outputs
