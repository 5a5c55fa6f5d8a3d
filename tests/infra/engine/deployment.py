"""A stack of this repository's program, brought up by the real engine against a local dbt Cloud."""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import yaml

from localcloud.testing import NO_TLS, TOKEN, RunningCloud
from tests.infra.engine import attached, vault
from toolchain.home import Home

ROOT = Path(__file__).resolve().parents[3]
COMMAND_SECONDS = 120
STACK = "dev"
VIRTUALENV = Path(sys.prefix)

ENGINE_SETTINGS = {
    # An engine ends within seconds: collecting its garbage would be a fifth of its work.
    "GOGC": "off",
    "GOMEMLIMIT": "500MiB",
    # Nobody wants back the state before the last change.
    "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
}

# Projects and environments of the development seed, localcloud/seeds/dev.yaml.
ANALYTICS_PROJECT, MARKETING_PROJECT = 10, 20
ANALYTICS_PRODUCTION, ANALYTICS_CI, ANALYTICS_DEVELOPMENT = 101, 102, 103
MARKETING_PRODUCTION, MARKETING_CI = 201, 202

ANALYTICS: dict[str, Any] = {
    "project_id": ANALYTICS_PROJECT,
    "environments": {
        "production": {"id": ANALYTICS_PRODUCTION},
        "pull_request": {"id": ANALYTICS_CI},
    },
    "merge_job": {},
}
MARKETING: dict[str, Any] = {
    "project_id": MARKETING_PROJECT,
    "environments": {
        "production": {"id": MARKETING_PRODUCTION},
        "pull_request": {"id": MARKETING_CI},
    },
    "artifacts_job": {},
}


@dataclass
class Ran:
    """What a command printed, and how it ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        return self.stdout + self.stderr

    @property
    def one_line(self) -> str:
        """All that was printed, on one line: the engine breaks long messages."""
        return " ".join(self.text.split())

    @property
    def replacements(self) -> dict[str, int]:
        """The jobs whose replacement was refused, by name: after the first the engine may not listen for more."""
        found = re.findall(r"would replace job (\d+) '([^']+)'", self.one_line)
        return {name: int(number) for number, name in found}


@dataclass
class Deployment:
    """A Pulumi project in a folder of its own, with its own state, as a user has it.

    Attributes:
        folder: Where Pulumi.yaml is.
        cloud: The local dbt Cloud the stack talks to.
        attaches: Whether language host, program and provider run in the process of the tests.
        extra_env: Environment variables to set, or with None to unset.
    """

    folder: Path
    home: Home
    cloud: RunningCloud
    attaches: bool = True
    stack: str = STACK
    extra_env: dict[str, str | None] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        variables = {
            **os.environ,
            **self.home.env,
            "PULUMI_BACKEND_URL": (self.folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "a-made-up-passphrase",
            "PULUMI_STACK": self.stack,
            **ENGINE_SETTINGS,
            **vault.environment(),
            "DBT_CLOUD_HOST_URL": self.cloud.url,
            "DBT_CLOUD_TOKEN": TOKEN,
            "DBT_CLOUD_ACCOUNT_ID": "1",
            **self.extra_env,
        }
        return {name: value for name, value in variables.items() if value is not None}

    def in_processes(self) -> "Deployment":
        """The same stack, with language host, program and provider in processes of their own, as a user has them."""
        return replace(self, attaches=False)

    def run(self, *command: str | Path, fails: bool | None = False) -> Ran:
        """Run a command in the folder, with pulumi on PATH; `fails` is None where both ends are right."""
        with attached.servers() if self.attaches else nullcontext({}) as servers:
            env = {**self.env, **servers}
            # A program that runs in this process sees the same variables as the command.
            with mock.patch.dict(os.environ, env, clear=True):
                ended = subprocess.run(
                    command,
                    cwd=self.folder,
                    env=env,
                    capture_output=True,
                    text=True,
                    check=False,
                    timeout=COMMAND_SECONDS,
                )
        ran = Ran(ended.returncode, ended.stdout, ended.stderr)
        assert fails is None or bool(ran.code) == fails, (
            f"{' '.join(map(str, command))} ended with {ran.code}:\n{ran.text}"
        )
        return ran

    def pulumi(self, *arguments: str, fails: bool | None = False) -> Ran:
        return self.run("pulumi", "--non-interactive", *arguments, fails=fails)

    def up(self, *arguments: str, fails: bool | None = False) -> Ran:
        """Bring the stack up, without the preview that `pulumi up` shows first: it takes as long again."""
        return self.pulumi("up", "--yes", "--skip-preview", *arguments, fails=fails)

    def preview(self, *arguments: str, fails: bool | None = False) -> Ran:
        return self.pulumi("preview", *arguments, fails=fails)

    def assert_settled(self) -> None:
        """A preview right after an up shows no change."""
        self.preview("--expect-no-changes", "--diff")

    def outputs(self, *arguments: str) -> dict[str, Any]:
        outputs: dict[str, Any] = json.loads(
            self.pulumi("stack", "output", "--json", *arguments).stdout
        )
        return outputs

    def state(self) -> list[dict[str, Any]]:
        """The resources in the state."""
        resources: list[dict[str, Any]] = json.loads(self.pulumi("stack", "export").stdout)[
            "deployment"
        ].get("resources", [])
        return resources

    def configure(self, **blocks: Any) -> None:
        """Write our keys of the stack file; what Pulumi keeps there stays."""
        path = self.folder / f"Pulumi.{self.stack}.yaml"
        content = yaml.safe_load(path.read_text()) if path.exists() else {}
        content = content or {}
        config = {
            key: value
            for key, value in content.get("config", {}).items()
            if not key.startswith("dbtcloud-datafold:")
        }
        config |= {f"dbtcloud-datafold:{key}": block for key, block in blocks.items()}
        path.write_text(yaml.safe_dump({**content, "config": config}, sort_keys=False))

    def ask_cloud(
        self, method: str, path: str, token: str = TOKEN, body: object = None
    ) -> httpx.Response:
        """Send a request behind Pulumi's back."""
        return httpx.request(
            method,
            f"{self.cloud.url}{path}",
            json=body,
            headers={"Authorization": f"Token {token}"},
            trust_env=False,
            verify=NO_TLS,
        )

    def cloud_get(self, path: str, token: str = TOKEN) -> httpx.Response:
        return self.ask_cloud("GET", path, token)

    def cloud_post(self, path: str, body: object) -> httpx.Response:
        return self.ask_cloud("POST", path, body=body)

    def cloud_delete(self, path: str) -> httpx.Response:
        return self.ask_cloud("DELETE", path)

    def job_list(self) -> list[dict[str, Any]]:
        """The jobs on the server that are not deleted."""
        every = self.cloud.control.resources().get("job", [])
        return [job for job in every if job["state"] == 1]

    def jobs(self) -> dict[str, dict[str, Any]]:
        """The same by project and name."""
        return {f"{job['project_id']} {job['name']}": job for job in self.job_list()}

    def tokens(self) -> list[dict[str, Any]]:
        """The service tokens on the server, without the one the tests use."""
        return [
            token
            for token in self.cloud.control.resources().get("service_token", [])
            if token["state"] == 1 and token["name"] != "local"
        ]


def make(
    folder: Path,
    home: Home,
    cloud: RunningCloud,
    program: Path | None = None,
    virtualenv: Path = VIRTUALENV,
) -> Deployment:
    """Lay out a project that runs this repository's stack program, or another one, and its stack.

    Args:
        folder: Where to.
        home: Engine, language host and provider.
        cloud: What the stack talks to.
        program: A folder with Pulumi.yaml. Default: this repository's program.
        virtualenv: What runs a Python program in a process of its own. Default: the environment of the tests.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if program is None:
        shutil.copytree(ROOT / "infra", folder / "infra")
        settings = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    else:
        shutil.copytree(program, folder, dirs_exist_ok=True)
        settings = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    if settings["runtime"] != "yaml":
        # Whatever the project's own settings name.
        options = {"virtualenv": str(virtualenv)}
        settings["runtime"] = {"name": "python", "options": options}
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(settings))
    new = _new_stack(home, settings["name"])
    shutil.copytree(new / "state", folder / "state")
    stack_file = folder / f"Pulumi.{STACK}.yaml"
    content = (yaml.safe_load(stack_file.read_text()) if stack_file.exists() else None) or {}
    # Of the key that somebody else's secrets were encrypted with.
    content.pop("encryptionsalt", None)
    key = yaml.safe_load((new / stack_file.name).read_text())
    stack_file.write_text(yaml.safe_dump({**content, **key}, sort_keys=False))
    return Deployment(folder, home, cloud)


@cache
def _new_stack(home: Home, project: str) -> Path:
    """Make a folder with a new stack of a project, and its state: to copy, which is faster."""
    folder = home.local / "new-stacks" / project
    (folder / "state").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(f"name: {project}\nruntime: python\n")
    environment = {
        **os.environ,
        **home.env,
        "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
        **vault.environment(),
    }
    command = ["pulumi", "stack", "init", STACK, "--secrets-provider", vault.PROVIDER]
    subprocess.run(command, cwd=folder, env=environment, check=True, timeout=COMMAND_SECONDS)
    return folder
