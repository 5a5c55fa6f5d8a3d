"""What is compared: our stack, the same tree without rules, the jobs alone, and dbt-jobs-as-code."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.measuring import Cloud, Measure, measure
from localcloud.testing import TOKEN
from toolchain.home import Home

ROOT = Path(__file__).resolve().parents[1]
STACK = "bench"
PROJECT = "dbtcloud-datafold"
"""Name of all programs' Pulumi project: it is part of each URN in the state."""
MINIMAL = "minimal"
CREATE, PREVIEW, REFRESH, DESTROY = "create", "preview", "refresh", "destroy"
OPERATIONS = (CREATE, PREVIEW, REFRESH, DESTROY)
_PULUMI = {
    CREATE: ("up", "--yes", "--skip-preview"),
    PREVIEW: ("preview", "--expect-no-changes"),
    REFRESH: ("refresh", "--yes", "--skip-preview", "--expect-no-changes"),
    DESTROY: ("destroy", "--yes", "--skip-preview"),
}

Projects = Mapping[str, Mapping[str, int]]
"""The dbt projects by name: `id`, and the environments `production` and `pull_request`."""


def make_projects(count: int) -> dict[str, dict[str, int]]:
    """Return so many dbt projects."""
    return {
        f"project-{number:04}": {
            "id": 10 * number,
            "production": 10_000 * number + 1,
            "pull_request": 10_000 * number + 2,
        }
        for number in range(1, count + 1)
    }


def seed(projects: Projects) -> dict[str, Any]:
    """Return the seed of a local dbt Cloud that has these projects, and no job."""
    token = {"name": "local", "value": TOKEN, "permission_set": "owner"}
    repository = {
        "git_clone_strategy": "github_app",
        "github_installation_id": 1,
    }
    return {
        "accounts": [
            {
                "id": 1,
                "name": "Benchmark",
                "plan": "team",
                "service_tokens": [token],
                "projects": [
                    {
                        "id": project["id"],
                        "name": name,
                        "repository": {
                            **repository,
                            "remote_url": f"git@github.com:example/{name}.git",
                        },
                        "environments": [
                            {
                                "id": project["production"],
                                "name": "Production",
                                "type": "deployment",
                                "deployment_type": "production",
                            },
                            {
                                "id": project["pull_request"],
                                "name": "CI",
                                "type": "deployment",
                            },
                        ],
                    }
                    for name, project in projects.items()
                ],
            }
        ]
    }


@dataclass(frozen=True)
class PulumiScenario:
    """A Pulumi program that declares three jobs for each project.

    Attributes:
        name: `ours`, `bare`, `minimal` or `flat`.
    """

    name: str

    def prepare(self, folder: Path, projects: Projects, home: Home, cloud: Cloud) -> None:
        """Lay out the program, its stack file and its stack."""
        folder.mkdir(parents=True)
        runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
        if self.name == "ours":
            shutil.copytree(ROOT / "infra", folder / "infra")
            settings = {**yaml.safe_load((ROOT / "Pulumi.yaml").read_text()), "runtime": runtime}
            config = _our_config(projects)
        else:
            programs = ROOT / "benchmarks" / "programs"
            program = "bare" if self.name == MINIMAL else self.name
            shutil.copytree(programs / program, folder, dirs_exist_ok=True)
            shutil.copy(programs / "jobs.py", folder)
            settings = {"name": PROJECT, "runtime": runtime}
            config = {
                f"{PROJECT}:projects": dict(projects),
                f"{PROJECT}:minimal": self.name == MINIMAL,
            }
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump(settings))
        env = self._env(folder, home, cloud)
        (folder / "state").mkdir()
        subprocess.run(  # noqa: S603 - the engine of the home
            [home.pulumi, "stack", "init", STACK],
            cwd=folder,
            env=env,
            check=True,
            capture_output=True,
        )
        stack_file = folder / f"Pulumi.{STACK}.yaml"
        stack_file.write_text(
            yaml.safe_dump({**yaml.safe_load(stack_file.read_text()), "config": config})
        )

    def run(self, operation: str, folder: Path, home: Home, cloud: Cloud) -> Measure:
        """Run one operation on everything."""
        command = [str(home.pulumi), "--non-interactive", *_PULUMI[operation], "--stack", STACK]
        return measure(command, folder, self._env(folder, home, cloud), cloud.counter)

    def state(self, folder: Path) -> bytes:
        """Return the stack's state as the file backend has it."""
        [file] = (folder / "state" / ".pulumi" / "stacks").glob(f"*/{STACK}.json")
        return file.read_bytes()

    def jobs(self, folder: Path) -> dict[str, dict[str, Any]]:
        """Return the inputs of the jobs in the state, by project and name."""
        resources = json.loads(self.state(folder))["checkpoint"]["latest"]["resources"]
        inputs = [
            resource["inputs"]
            for resource in resources
            if resource["type"] == "dbtcloud:index/job:Job"
        ]
        return {f"{job['projectId']} {job['name']}": job for job in inputs}

    def _env(self, folder: Path, home: Home, cloud: Cloud) -> dict[str, str]:
        return {
            **os.environ,
            **home.env,
            "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "",
            "DBT_CLOUD_HOST_URL": cloud.running.url,
            "DBT_CLOUD_TOKEN": TOKEN,
            "DBT_CLOUD_ACCOUNT_ID": "1",
        }


def _our_config(projects: Projects) -> dict[str, Any]:
    blocks = {
        name: {
            "project_id": project["id"],
            "environments": {
                "production": {"id": project["production"]},
                "pull_request": {"id": project["pull_request"]},
            },
            "merge_job": {},
        }
        for name, project in projects.items()
    }
    # No token: the other programs have none. No protection, so that destroy works at once.
    return {
        "dbtcloud:accountId": "1",
        "dbtcloud-datafold:projects": blocks,
        "dbtcloud-datafold:service_token": None,
        "dbtcloud-datafold:protect": False,
    }


@dataclass(frozen=True)
class JobsAsCodeScenario:
    """dbt-jobs-as-code with the same jobs in its file.

    Attributes:
        command: Path of the command `dbt-jobs-as-code`.
    """

    command: str
    name: str = "dbt-jobs-as-code"

    def prepare(self, folder: Path, projects: Projects, home: Home, cloud: Cloud) -> None:
        """Write its file."""
        folder.mkdir(parents=True)
        jobs = {}
        for name, project in projects.items():
            for role, triggers, environment in (
                ("production", {"schedule": True}, "production"),
                (
                    "pull-request",
                    {"github_webhook": True, "git_provider_webhook": True},
                    "pull_request",
                ),
                ("merge", {"on_merge": True}, "production"),
            ):
                jobs[f"{name}-{role}"] = _job_as_code(role, project, triggers, environment)
        (folder / "jobs.yml").write_text(yaml.safe_dump({"jobs": jobs}))

    def run(self, operation: str, folder: Path, home: Home, cloud: Cloud) -> Measure:
        """Run the operation; `destroy` and `refresh` do not exist."""
        verb = {CREATE: "sync", PREVIEW: "plan"}[operation]
        env = {
            **os.environ,
            "DBT_API_KEY": TOKEN,
            "DBT_BASE_URL": cloud.running.origin,
            "DO_NOT_TRACK": "1",
        }
        return measure([self.command, verb, "jobs.yml"], folder, env, cloud.counter)


def _job_as_code(
    role: str, project: Mapping[str, int], triggers: Mapping[str, bool], environment: str
) -> dict[str, Any]:
    is_ci = role == "pull-request"
    job: dict[str, Any] = {
        "account_id": 1,
        "project_id": project["id"],
        "environment_id": project[environment],
        "name": role,
        "settings": {"threads": 4, "target_name": "default"},
        "execute_steps": ["dbt build"],
        "run_generate_sources": False,
        "generate_docs": False,
        "triggers": {
            "github_webhook": False,
            "git_provider_webhook": False,
            "schedule": False,
            **triggers,
        },
    }
    if role == "production":
        job["schedule"] = {"cron": "0 2 * * *"}
    if role == "merge":
        job["job_type"] = "merge"
    if is_ci:
        job["job_type"] = "ci"
        job["deferring_environment_id"] = project["production"]
    return job


def installed() -> list[PulumiScenario | JobsAsCodeScenario]:
    """Return the scenarios that can run on this machine."""
    found: list[PulumiScenario | JobsAsCodeScenario] = [
        PulumiScenario("flat"),
        PulumiScenario("bare"),
        PulumiScenario(MINIMAL),
        PulumiScenario("ours"),
    ]
    if command := shutil.which("dbt-jobs-as-code"):
        found.append(JobsAsCodeScenario(command))
    return found
