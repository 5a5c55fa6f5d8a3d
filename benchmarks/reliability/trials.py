"""Single trials: one disturbance of one `pulumi up`, and how it ends. They run in processes beside each other."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import grpc.aio
import httpx

from benchmarks.reliability.endings import Ending, settle
from benchmarks.reliability.faults import Point
from benchmarks.reliability.stack_steps import STEPS, StackSteps, Undisturbed, up_options
from localcloud import process
from localcloud.testing import NO_TLS, ControlClient, RunningCloud
from tests.infra.engine.deployment import COMMAND_SECONDS, Deployment, Ran
from toolchain import home

TOKEN_EXPIRES = "token that expires in the middle"  # noqa: S105 - no secret
TWO_AT_ONCE = "two `up` at once"
DISK_FULL = "the state's file cannot grow"
SERVER_KILLED = "server killed and started again"

DISK_FULL_SECONDS = 600


@dataclass(frozen=True)
class Moment:
    """An accident at one moment of a step's `pulumi up`.

    Attributes:
        accident: What happens.
        step: The step.
        at: When: so many requests, seconds after the start, or bytes of state.
    """

    accident: str
    step: str
    at: float

    @property
    def name(self) -> str:
        """The moment in words."""
        return f"{self.accident}, at {self.at:.4g} ({self.step})"


Trial = Point | Moment


class Bench:
    """Where one process runs its trials, one after the other."""

    def __init__(self, folder: Path) -> None:
        """Prepare engine and stack."""
        os.environ["DATAFOLD_RELEASES"] = "off"
        # As in the tests: gRPC's thread may hang when the last of its objects is collected.
        grpc.aio.init_grpc_aio()
        # Pulumi's SDK leaves servers in closed event loops behind when a program fails.
        warnings.simplefilter("ignore")
        sys.unraisablehook = lambda _: None
        self.steps = StackSteps(folder, home.prepare(folder / "home", lambda _: None))

    def run(self, trial: Trial) -> Ending:
        """Run one trial."""
        if isinstance(trial, Point):
            return self.fault(trial)
        run = {
            TOKEN_EXPIRES: self.token_expires,
            TWO_AT_ONCE: self.two_at_once,
            DISK_FULL: self.disk_full,
            SERVER_KILLED: self.server_killed,
        }
        return run[trial.accident](trial)

    def fault(self, point: Point) -> Ending:
        """Let one request meet a fault."""
        with self.steps.at(point.step) as (stack, cloud):
            cloud.control.plan(point.fault)
            first = stack.up(*up_options(point.step), fails=None)
            if not cloud.control.faults()[0]["met"]:
                message = f"no request met the fault: {point.name}"
                raise AssertionError(message)
            return settle(self.steps, point.step, stack, first, cloud.control.clear_faults)

    def token_expires(self, moment: Moment) -> Ending:
        """Answer so many requests, and 401 to every later one."""
        with self.steps.at(moment.step) as (stack, cloud):
            everything = {"path": "/v*", "times": 1000}
            if moment.at:
                passed = {"effect": "slow", "seconds": 0, "times": int(moment.at)}
                cloud.control.plan({**everything, **passed})
            cloud.control.plan({**everything, "status": 401})
            first = stack.up(*up_options(moment.step), fails=None)
            return settle(self.steps, moment.step, stack, first, cloud.control.clear_faults)

    def two_at_once(self, moment: Moment) -> Ending:
        """Start a second `up` so many seconds after the first."""
        with self.steps.at(moment.step) as (stack, _):
            first = _start(stack)
            time.sleep(moment.at)
            second = _start(stack)
            ended = [_end(first, COMMAND_SECONDS), _end(second, COMMAND_SECONDS)]
            failed = max(ended, key=lambda ran: ran.code)
            return settle(self.steps, moment.step, stack, failed, lambda: None)

    def disk_full(self, moment: Moment) -> Ending:
        """Let no file of the engine grow beyond so many bytes, as on a full disk."""
        with self.steps.at(moment.step) as (stack, _):
            # In units of 1,024 bytes. Ignored, the signal becomes an error of the write.
            limit = f"trap '' XFSZ; ulimit -f {int(moment.at) // 1024}; exec \"$@\""
            # One thing at a time: the engine tries for half a minute after each that it has begun.
            limited = f"{limit} --parallel 1"
            first = _end(_start(stack, "bash", "-c", limited, "bash"), DISK_FULL_SECONDS)
            return settle(self.steps, moment.step, stack, first, lambda: None)

    def server_killed(self, moment: Moment) -> Ending:
        """Kill the server so many seconds after the start of the `up`, and start it again at once."""
        with self.steps.at(moment.step) as (stack, cloud):
            port = cloud.port
        data = self.steps.folder / "cloud"
        running, _ = process.start(data, port, None)

        def kill() -> None:
            os.kill(running.pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(running.pid, 0)
            process.start(data, port, None)

        timer = threading.Timer(moment.at, kill)
        try:
            with httpx.Client(
                base_url=f"{running.origin}{process.CONTROL_PREFIX}/", verify=NO_TLS
            ) as http:
                seen = RunningCloud(running.origin, port, ControlClient(http), cloud.store)
                stack = Deployment(stack.folder, stack.home, seen)
                timer.start()
                first = stack.up(*up_options(moment.step), fails=None)
                return settle(self.steps, moment.step, stack, first, timer.join)
        finally:
            timer.join()
            process.stop(data)


def _start(stack: Deployment, *before: str) -> subprocess.Popen[str]:
    """Start an `up`; `before` is a command that runs it."""
    return subprocess.Popen(  # noqa: S603 - the engine of the home
        [*before, "pulumi", "--non-interactive", "up", "--yes", "--skip-preview"],
        cwd=stack.folder,
        env=stack.in_processes().env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _end(up: subprocess.Popen[str], seconds: float) -> Ran:
    text, _ = up.communicate(timeout=seconds)
    return Ran(up.returncode, text, "")


_bench: list[Bench] = []
"""That of this process."""


def prepare(folder: str) -> None:
    """Make the bench of this process, and bring its stack to where each step begins."""
    bench = Bench(Path(tempfile.mkdtemp(dir=folder)))
    bench.steps.prepare(*STEPS)
    _bench.append(bench)


def undisturbed() -> dict[str, Undisturbed]:
    """Return the steps as they are when nothing disturbs them."""
    return _bench[0].steps.undisturbed


def run(trial: Trial) -> Ending:
    """Run one trial on the bench of this process."""
    return _bench[0].run(trial)
