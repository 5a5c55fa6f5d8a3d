"""Run a program under Pulumi's mocks and keep what it declares."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pulumi

JOB = "dbtcloud:index/job:Job"
ENVIRONMENT = "dbtcloud:index/environment:Environment"
OVERRIDE = "dbtcloud:index/environmentVariableJobOverride:EnvironmentVariableJobOverride"
NOTIFICATION = "dbtcloud:index/notification:Notification"
WEBHOOK = "dbtcloud:index/webhook:Webhook"
TOKEN = "dbtcloud:index/serviceToken:ServiceToken"


@dataclass
class Declared:
    """What a program declared, by type and Pulumi name."""

    inputs: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)


class RecordingMocks(pulumi.runtime.Mocks):
    def __init__(self) -> None:
        self.declared = Declared()

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        of_type = self.declared.inputs.setdefault(args.typ, {})
        of_type[args.name] = dict(args.inputs)
        self.declared.types[args.name] = args.typ
        outputs = dict(args.inputs)
        if args.typ == JOB:
            outputs["jobId"] = 1000 + len(of_type)
            return "missing ID", outputs
        if args.typ == TOKEN:
            outputs["tokenString"] = "a-made-up-secret"
        return str(1000 + len(of_type)), outputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        message = f"nobody planned a call of {args.token}"
        raise AssertionError(message)


def run(program: Callable[[], Any]) -> Declared:
    """Run `program` and return what it declared; outputs it returns as a dict are resolved."""
    loop = asyncio.new_event_loop()
    # A program that fails leaves a second copy of its error in a task; the first one is raised to the test.
    loop.set_exception_handler(lambda *_: None)
    asyncio.set_event_loop(loop)
    mocks = RecordingMocks()
    pulumi.runtime.set_mocks(mocks, preview=False)

    @pulumi.runtime.test
    def wrapped() -> pulumi.Output[Any] | None:
        outputs = program()
        if not isinstance(outputs, dict):
            return None
        keep = {key: pulumi.Output.from_input(value) for key, value in outputs.items()}
        secrecy = {f"{key} is secret": value.is_secret() for key, value in keep.items()}
        return pulumi.Output.all(**keep, **secrecy).apply(mocks.declared.outputs.update)

    try:
        wrapped()
    finally:
        # A program that is refused leaves tasks, which would disturb the tests after it.
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()
    return mocks.declared


PLACE = {"project_id": 10, "environment_id": 101}
CI_PLACE = {"project_id": 10, "environment_id": 102, "deferring_environment_id": 101}


def job_of(program):
    [inputs] = run(program).inputs[JOB].values()
    return inputs
