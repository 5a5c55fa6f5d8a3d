"""Play the runner of a git host: take the generated file as it is, and run what it says."""

import contextlib
import os
import re
import shlex
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pulumi_dbtcloud_datafold.pipeline.pipeline_file import pipeline
from pulumi_dbtcloud_datafold.pipeline.settings import PipelineSettings

SECONDS = 30
"""A program that says nothing for so long has failed the test."""

QUICK = {"DBT_CLOUD_POLL_SECONDS": "0.05", "DBT_CLOUD_RETRY_SECONDS": "0.01"}
"""Pauses for tests, as a runner's operator may set them."""


@dataclass
class Running:
    """A pipeline that runs.

    Attributes:
        output: What it has printed so far.
    """

    process: subprocess.Popen
    output: str = ""

    def until(self, text):
        """Read on until a line with `text`, and return that line."""
        for line in self._lines():
            if text in line:
                return line
        raise AssertionError(f"the pipeline never printed {text!r}:\n{self.output}")

    def end(self):
        """Read to the end and return the exit code."""
        for _ in self._lines():
            """Kept in `output`."""
        return self.process.wait(SECONDS)

    def _lines(self):
        timer = threading.Timer(SECONDS, self.process.kill)
        timer.start()
        try:
            while line := self.process.stdout.readline():
                self.output += line
                yield line
        finally:
            timer.cancel()


@dataclass
class GitHubRunner:
    """GitHub Actions, as far as the workflow needs it.

    Attributes:
        secrets: The repository's secrets.
        folder: Where the runner keeps its files.
        operator: Environment variables that the file does not set; they win over those that it sets.
    """

    folder: Path
    secrets: dict = field(default_factory=dict)
    operator: dict = field(default_factory=lambda: dict(QUICK))
    kind = "github"

    def start(self, made, sha="5ca1ab1e", number=1):
        [job] = yaml.safe_load(made["content"])["jobs"].values()
        [step] = job["steps"]
        context = {
            "github.sha": sha,
            "github.ref_name": made["branch"],
            "github.run_id": str(1000 + number),
            "github.run_attempt": "1",
            # A secret that does not exist is empty text.
            **{f"secrets.{made['secret_name']}": self.secrets.get(made["secret_name"], "")},
        }
        command, env = github_step(step, context, self.folder / f"step-{number}")
        env |= {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md")}
        return _spawn(command, env | self.operator, self.folder)


@dataclass
class GitLabRunner:
    """GitLab CI, as far as the job needs it: see `GitHubRunner`."""

    folder: Path
    secrets: dict = field(default_factory=dict)
    operator: dict = field(default_factory=lambda: dict(QUICK))
    kind = "gitlab"

    def start(self, made, sha="5ca1ab1e", number=1):
        [job] = yaml.safe_load(made["content"]).values()
        predefined = {
            "CI_COMMIT_SHA": sha,
            "CI_COMMIT_BRANCH": made["branch"],
            "CI_JOB_ID": str(1000 + number),
        }
        script, env = gitlab_job(job, {**predefined, **self.secrets})
        # The runner pipes the commands into the image's shell.
        return _spawn(["bash"], env | self.operator, self.folder, script)


def made_for(kind, cloud, job_id, **settings):
    """The pipeline for a job of the local dbt Cloud's account."""
    checked = PipelineSettings(git_host=kind, **settings)
    return pipeline(checked, job_id=job_id, account_id=1, access_url=cloud.origin)


def github_step(step, context, script):
    """The command and the variables with which GitHub's runner starts a step, whose script it writes to a file."""
    env = {
        name: re.sub(r"\$\{\{ (\S+) \}\}", lambda found: context[found[1]], str(value))
        for name, value in step.get("env", {}).items()
    }
    script.write_text(step["run"])
    bash = "bash --noprofile --norc -eo pipefail {0}"
    shell = bash if step["shell"] == "bash" else step["shell"]
    return shlex.split(shell.replace("{0}", shlex.quote(str(script)))), env


def gitlab_job(job, env):
    """The script of a job, and its variables beside those that are set already."""
    variables = {
        name: re.sub(r"\$(\w+)", lambda found: env.get(found[1], ""), str(value))
        for name, value in job["variables"].items()
    }
    return "set -eo pipefail\n" + "\n".join(job["script"]), env | variables


def _spawn(command, env, folder, script=None):
    machine = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}"}
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**machine, **env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(script or "")
        process.stdin.close()
    return Running(process)
