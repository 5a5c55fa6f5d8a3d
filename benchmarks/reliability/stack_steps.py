"""The stack whose `pulumi up` is disturbed, and the places where a step of its life begins."""

import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localcloud import server, testing
from localcloud.state.store import ACTIVE
from tests.infra.engine import deployment
from tests.infra.engine.deployment import ANALYTICS_PRODUCTION, MARKETING, Deployment
from toolchain.home import Home

CREATE, CHANGE, REFRESH, REMOVE = "create", "change", "refresh", "remove"
STEPS = (CREATE, CHANGE, REFRESH, REMOVE)

RETRY_SECONDS = 1
"""Before a request is sent again. The default, ten times as long, would only make the trials longer."""

_VARIABLE = {"env_var": {"new_name": "DBT_REGION", "project": "us"}}
_KINDS = ("environment", "job", "notification", "service_token", "webhook")

Block = dict[str, Any]


def _analytics(region: str, environment: str, **production: object) -> Block:
    return {
        "project_id": 10,
        "environments": {
            "production": {"id": ANALYTICS_PRODUCTION},
            "pull_request": {"create": {"name": environment}},
        },
        "production_job": {"self_deferring": True, **production},
        "merge_job": {"environment_variables": {"DBT_REGION": region}},
    }


def _notifications(webhook: str, *events: str) -> Block:
    return {
        "webhook_url": f"https://example.com/{webhook}",
        "emails": ["team@example.com"],
        "slack_channel": {"id": "C0123456789", "name": "#data"},
        "user_id": 1,
        "events": list(events),
    }


_FIRST: Block = {
    "projects": {"analytics": _analytics("eu", "Pull requests"), "marketing": MARKETING},
    "notifications": _notifications("first", "failure"),
    "service_token": {"name": "Datafold"},
}
BLOCKS: dict[str, Block] = {
    CREATE: _FIRST,
    CHANGE: {
        "projects": {
            "analytics": _analytics("us", "CI of pull requests", num_threads=7),
            "marketing": MARKETING,
        },
        "notifications": _notifications("second", "failure", "cancel"),
        "service_token": {"name": "Datafold reads"},
    },
    REFRESH: _FIRST,
    REMOVE: {
        "projects": {
            "analytics": {
                **_analytics("eu", "Pull requests"),
                "environments": {
                    "production": {"id": ANALYTICS_PRODUCTION},
                    "pull_request": {"name": "CI"},
                },
                "merge_job": {},
            }
        },
        "service_token": None,
    },
}
"""The blocks of the stack file that each step brings up."""


@dataclass(frozen=True)
class Inventory:
    """What is active in the account.

    Attributes:
        things: How often each thing is there.
        numbers: Kinds and numbers.
    """

    things: Counter[str]
    numbers: frozenset[tuple[str, int]]

    @classmethod
    def of(cls, stack: Deployment) -> "Inventory":
        """Read the account."""
        things: Counter[str] = Counter()
        numbers = set()
        resources = stack.cloud.control.resources()
        for kind in _KINDS:
            for thing in resources.get(kind, []):
                if thing["state"] == ACTIVE:
                    things[f"{kind} {_described(thing)}"] += 1
                    numbers.add((kind, thing["id"]))
        for job in stack.job_list():
            path = f"/v3/accounts/1/projects/{job['project_id']}/environment-variables/job/"
            variables = stack.cloud_get(f"{path}?job_definition_id={job['id']}").json()["data"]
            for name, scopes in variables.items():
                if own := scopes.get("job"):
                    things[f"variable {name}={own['value']} of job {job['name']}"] += 1
        return cls(things, frozenset(numbers))


@dataclass(frozen=True)
class Undisturbed:
    """A step that nothing disturbs.

    Attributes:
        requests: What it sends: methods and paths.
        seconds: How long it takes.
        state_bytes: How large the state's file is afterwards.
        inventory: What the account has afterwards; its numbers are those that were there before.
    """

    requests: Sequence[str]
    seconds: float
    state_bytes: int
    inventory: Inventory


@dataclass
class StackSteps:
    """One stack in a folder, set back to where a step begins as often as wanted.

    Attributes:
        provider: Keys under `dbtcloud:` for the stack file.
        undisturbed: Each step as it is when nothing disturbs it.
    """

    folder: Path
    home: Home
    provider: dict[str, int] = field(default_factory=dict)
    undisturbed: dict[str, Undisturbed] = field(default_factory=dict)
    _port: int = 0

    def prepare(self, *steps: str) -> None:
        """Bring the stack to where each step begins, and once through it.

        Raises:
            AssertionError: A step does not end well although nothing disturbs it.
        """
        project, data = self._begin(CREATE)
        self._port = _free_port()
        with testing.running(data, port=self._port) as cloud:
            stack = deployment.make(project, self.home, cloud)
            path = "/v3/accounts/1/projects/10/environment-variables/bulk/"
            stack.cloud_post(path, _VARIABLE).raise_for_status()
            for key, value in {"retryIntervalSeconds": RETRY_SECONDS, **self.provider}.items():
                stack.pulumi("config", "set", f"dbtcloud:{key}", str(value))
        if {*steps} - {CREATE}:
            with self.at(CREATE) as (stack, _):
                stack.up()
        for step in steps:
            if step != CREATE:
                for kept, now in zip(self._begin(step), self._now, strict=True):
                    shutil.copytree(now, kept)
        for step in steps:
            with self.at(step) as (stack, cloud):
                self.undisturbed[step] = _undisturbed(stack, cloud, step)
                if problems := self.problems(step, stack):
                    message = f"{step}, undisturbed: {'; '.join(problems)}"
                    raise AssertionError(message)

    @contextmanager
    def at(self, step: str) -> Iterator[tuple[Deployment, testing.RunningCloud]]:
        """The stack where a step begins, configured for it, and its dbt Cloud, for as long as the block lasts."""
        for kept, now in zip(self._begin(step), self._now, strict=True):
            shutil.rmtree(now, ignore_errors=True)
            shutil.copytree(kept, now)
        project, data = self._now
        with testing.running(data, port=self._port) as cloud:
            stack = Deployment(project, self.home, cloud)
            stack.configure(**BLOCKS[step])
            yield stack, cloud

    def problems(self, step: str, stack: Deployment) -> list[str]:
        """What is wrong after the step: something is twice or lost, or a preview is not empty."""
        now, expected = Inventory.of(stack), self.undisturbed[step].inventory
        found = [f"{thing} is there too often" for thing in now.things - expected.things]
        found += [f"{thing} is lost" for thing in expected.things - now.things]
        lost = expected.numbers - now.numbers
        found += [f"{kind} {number} has another number" for kind, number in lost]
        for options in ((), ("--refresh",)):
            shown = stack.preview("--expect-no-changes", *options, fails=None)
            if shown.code:
                what = " ".join(["preview", *options])
                found.append(f"{what} is not empty: {shown.one_line[-300:]}")
        token = stack.outputs("--show-secrets").get("service_token_string")
        if token and stack.cloud_get("/v2/accounts/1/jobs/", token=token).is_error:
            found.append("the stack's token does not open the account")
        return found

    @property
    def _now(self) -> tuple[Path, Path]:
        return self.folder / "project", self.folder / "cloud"

    def _begin(self, step: str) -> tuple[Path, Path]:
        where = self.folder / f"before-{step}"
        return where / "project", where / "cloud"


def up_options(step: str) -> tuple[str, ...]:
    """The options of the step's `pulumi up`."""
    return ("--refresh",) if step == REFRESH else ()


def _free_port() -> int:
    """Return a port that no other program takes while no trial has it: systems give higher ones to clients."""
    for port in range(20_000 + os.getpid() % 10_000, 32_000):
        try:
            server.bind("127.0.0.1", port).close()
        except server.PortTakenError:
            continue
        return port
    message = "no port below 32000 is free"
    raise AssertionError(message)


def _undisturbed(stack: Deployment, cloud: testing.RunningCloud, step: str) -> Undisturbed:
    before = Inventory.of(stack)
    cloud.control.plan({"path": "/v*", "effect": "slow", "seconds": 0, "times": 1000})
    began = time.monotonic()
    stack.up(*up_options(step))
    seconds = time.monotonic() - began
    requests = cloud.control.faults()[0]["met_by"]
    cloud.control.clear_faults()
    [state] = stack.folder.glob(f"state/.pulumi/stacks/*/{stack.stack}.json")
    after = Inventory.of(stack)
    kept = Inventory(after.things, after.numbers & before.numbers)
    return Undisturbed(requests, seconds, state.stat().st_size, kept)


def _described(thing: dict[str, Any]) -> str:
    keys = ("project_id", "name", "external_email", "slack_channel_id", "client_url")
    return " ".join(str(thing[key]) for key in keys if thing.get(key))
