"""Play the runner of a git host for one job: take the generated file, and run its scripts in their order."""

import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from tests.components.pipeline.runners import github_step, gitlab_job

FAKE_PULUMI = """\
#!/bin/sh
echo "pulumi $*" >> "$FAKE_LOG"
env | sort > "$FAKE_LOG.env"
case "$1" in preview) cat "$FAKE_PREVIEW"; exit "${FAKE_CODE:-0}";; esac
"""
"""Stands for Pulumi: prints a recorded preview and notes how it was called."""


@dataclass
class Runner:
    """A runner with an empty machine.

    Attributes:
        folder: The checkout.
        env: What the git host sets, and the secrets.
    """

    folder: Path
    env: dict = field(default_factory=dict)

    def __post_init__(self):
        tools = self.folder.parent / "tools"
        tools.mkdir()
        (tools / "pulumi").write_text(FAKE_PULUMI)
        (tools / "pulumi").chmod(0o755)
        self.log = self.folder.parent / "calls"
        self.log.touch()
        path = [str(tools), str(Path(sys.executable).parent), os.defpath]
        self.env |= {"PATH": os.pathsep.join(path), "FAKE_LOG": str(self.log)}

    @property
    def calls(self):
        return self.log.read_text().splitlines()

    def github(self, job, context):
        """Run the steps of a job that have a script; return the code of the first that fails, and all output."""
        output, code = "", 0
        for step in job["steps"]:
            if "run" not in step:
                continue
            script = self.folder.parent / "script"
            command, env = github_step(step, defaultdict(str, context), script)
            where = self.folder / step.get("working-directory", ".")
            ran = self._run(command, {**self.env, **env}, where)
            output += ran.stdout
            code = ran.returncode
            if code:
                break
        return code, output

    def gitlab(self, job):
        script, env = gitlab_job(job, self.env)
        ran = self._run(["bash", "-c", script], env, self.folder)
        return ran.returncode, ran.stdout

    def _run(self, command, env, folder):
        return subprocess.run(
            command,
            cwd=folder,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
