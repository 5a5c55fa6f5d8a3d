"""Stacks previewed with the policy pack by the real engine."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from localcloud import testing
from tests.infra.engine import deployment

PACK = str(Path(__file__).resolve().parents[2] / "policy")

HEADER = """\
import pulumi
import pulumi_dbtcloud as dbtcloud
import pulumi_dbtcloud_datafold as datafold


def job(name, project_id, environment_id, *, on="schedule", steps=("dbt build",), seconds=600, **more):
    pull_request = on == "pull request"
    return dbtcloud.Job(
        name,
        name=name,
        project_id=project_id,
        environment_id=environment_id,
        execute_steps=list(steps),
        execution={"timeout_seconds": seconds},
        triggers={
            "schedule": on == "schedule",
            "on_merge": on == "merge",
            "github_webhook": pull_request,
            "git_provider_webhook": pull_request,
        },
        **more,
    )


def environment(name, project_id, **more):
    return dbtcloud.Environment(
        name, name=name, project_id=project_id, type="deployment", dbt_version="latest", **more
    ).environment_id


def token(name, permission_set, **where):
    where = where or {"all_projects": True}
    permissions = [{"permission_set": permission_set, **where}]
    return dbtcloud.ServiceToken(name, name=name, service_token_permissions=permissions)


"""

_VIOLATION = re.compile(
    r"^ +- \[(?P<level>\w+)\] (?:\[severity: \w+\])? *(?P<rule>[\w-]+)  \((?P<resource>[^\n]*)\)\n"
    r"(?P<message>(?: {10}[^\n]*\n?)+)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Violation:
    """One line of the pack's report; `resource` is a Pulumi name."""

    level: str
    rule: str
    resource: str
    message: str = field(compare=False)


@dataclass(frozen=True)
class Judged:
    """What a preview with the pack came to."""

    stopped: bool
    violations: list[Violation]
    text: str

    def rules_of(self, resource: str) -> dict[str, str]:
        """The rules a resource breaks, with what the report says of it."""
        return {
            violation.rule: violation.message
            for violation in self.violations
            if violation.resource == resource
        }


class PolicedStack:
    def __init__(self, made):
        self._deployment = made

    def judge(self, program, *, stops, settings=None):
        """Preview a program; `settings` are what `--policy-pack-config` gets."""
        (self._deployment.folder / "__main__.py").write_text(HEADER + program)
        arguments = ["--policy-pack", PACK]
        if settings:
            path = self._deployment.folder / "policy-settings.json"
            path.write_text(json.dumps(settings))
            arguments += ["--policy-pack-config", str(path)]
        ran = self._deployment.preview(*arguments, fails=stops)
        violations = [
            Violation(
                found["level"],
                found["rule"],
                found["resource"].rpartition(": ")[2],
                " ".join(found["message"].split()),
            )
            for found in _VIOLATION.finditer(ran.stdout)
        ]
        return Judged(stops, violations, ran.text)


@pytest.fixture(scope="module")
def stack(tmp_path_factory, pulumi_home):
    """One stack for all tests of a module: a preview changes nothing."""
    program = tmp_path_factory.mktemp("program")
    settings = {"name": "policed", "runtime": "python"}
    (program / "Pulumi.yaml").write_text(yaml.safe_dump(settings))
    with testing.running(tmp_path_factory.mktemp("cloud")) as cloud:
        folder = tmp_path_factory.mktemp("stack")
        made = deployment.make(folder, pulumi_home, cloud, program=program)
        yield PolicedStack(made.in_processes())
