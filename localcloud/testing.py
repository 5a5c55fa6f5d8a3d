"""A server inside a test's own process."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from localcloud import server
from localcloud.process import CONTROL_PREFIX
from localcloud.runs.executor import SimulatedExecutor
from localcloud.state.store import Store

TOKEN = "local-dbt-cloud"  # noqa: S105 - documented as no secret, see seeds/dev.yaml
"""The owner token of the development seed."""

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of the server, which has no certificate: to read the machine's takes 20 ms a client."""

_SECONDS = 20.0


@dataclass(frozen=True)
class ControlClient:
    """The control routes of a running server.

    Attributes:
        http: A client whose base address is the control prefix.
    """

    http: httpx.Client

    def plan(self, *faults: dict[str, Any]) -> None:
        """Plan failures; see `localcloud.control.faults.FaultPlan` for their fields."""
        self.http.post("faults", json=list(faults)).raise_for_status()

    def faults(self) -> list[dict[str, Any]]:
        """The planned failures with how often each was met."""
        faults: list[dict[str, Any]] = self._get("faults")["faults"]
        return faults

    def unmet(self) -> int:
        """How many planned failures no request has met."""
        return int(self._get("faults")["unmet"])

    def clear_faults(self) -> None:
        """Forget the planned failures."""
        self.http.delete("faults").raise_for_status()

    def counts(self) -> dict[str, int]:
        """How many resources of each kind are not deleted."""
        counts: dict[str, int] = self._get("state")["counts"]
        return counts

    def resources(self) -> dict[str, list[dict[str, Any]]]:
        """Every resource by kind, deleted ones too, without secrets."""
        found: dict[str, list[dict[str, Any]]] = self._get("state?full")["resources"]
        return found

    def reset(self) -> None:
        """Reset everything to the seed."""
        self.http.post("reset").raise_for_status()

    def set_clock(self, now: str, *, frozen: bool = True) -> None:
        """Make it `now` (ISO 8601 with an offset)."""
        self.http.post("clock", json={"now": now, "frozen": frozen}).raise_for_status()

    def advance_clock(self, seconds: float) -> None:
        """Move the time ahead."""
        self.http.post("clock", json={"advance_seconds": seconds}).raise_for_status()

    def set_deactivated(self, job_id: int, deactivated: bool = True) -> None:
        """Deactivate a job, as after 100 failed runs in a row, or activate it again."""
        body = {"job_id": job_id, "deactivated": deactivated}
        self.http.post("jobs", json=body).raise_for_status()

    def set_latency(self, seconds: float) -> None:
        """Make every answer take that much longer."""
        self.http.post("latency", json={"seconds": seconds}).raise_for_status()

    def _get(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.get(path).raise_for_status().json()
        return answer


@dataclass(frozen=True)
class RunningCloud:
    """A server that answers.

    Attributes:
        origin: Scheme, address and port.
        port: Where it listens.
        control: Its control routes.
        store: Its state, for what no route shows.
    """

    origin: str
    port: int
    control: ControlClient
    store: Store

    @property
    def url(self) -> str:
        """The base address of the API, ending in `/api`, as the provider's `host_url` has it."""
        return f"{self.origin}/api"

    @property
    def host(self) -> str:
        """Address and port, without scheme."""
        return self.origin.removeprefix("http://")


@contextmanager
def running(
    data_dir: str | Path,
    seed: Path | None = None,
    port: int = 0,
    make_executor: server.MakeExecutor = SimulatedExecutor,
) -> Iterator[RunningCloud]:
    """A server in a thread of this process, for as long as the block lasts.

    Args:
        data_dir: Where the state is; a later server on the same directory goes on from it.
        seed: What a new data directory starts with. Default: the development seed.
        port: Where it listens. Default: any free port.
        make_executor: Makes the executor of runs. Default: a simulation.
    """
    ready = threading.Event()
    made = server.set_up(
        Path(data_dir),
        seed,
        server.bind("127.0.0.1", port),
        make_executor=make_executor,
        on_ready=ready.set,
    )
    thread = threading.Thread(target=made.run, name="localcloud", daemon=True)
    thread.start()
    try:
        if not ready.wait(_SECONDS):
            message = f"the server did not answer within {_SECONDS} s"
            raise TimeoutError(message)
        with httpx.Client(base_url=f"{made.origin}{CONTROL_PREFIX}/", verify=NO_TLS) as client:
            yield RunningCloud(made.origin, made.port, ControlClient(client), made.store)
    finally:
        made.uvicorn.should_exit = True
        thread.join(_SECONDS)
