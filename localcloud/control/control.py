"""Control routes, which dbt Cloud does not have: state, reset, faults, clock, git events, SQL.

All are under `/__localcloud__/`, outside `/api`, so none can be taken for dbt Cloud's.
"""

import asyncio
import math
import os
import socket
import struct
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localcloud.clock import ClockRangeError
from localcloud.control import sample_project
from localcloud.control.faults import Effect, FaultPlan, Faults
from localcloud.git.events import GitEventBody, GitEventError, GitEvents
from localcloud.http.answers import json_response
from localcloud.http.body import parsed
from localcloud.http.errors import PlannedFaultError, TooManyRequestsError
from localcloud.http.operation import Operation, Services
from localcloud.process import CONTROL_PREFIX
from localcloud.runs import samples
from localcloud.runs.deactivation import DEACTIVATED, REACTIVATED
from localcloud.runs.executor import QueryError
from localcloud.seeds import seeding
from localcloud.state.store import ACTIVE, Store

_COOL_DOWN_SECONDS = 300.0
"""Source: https://docs.getdbt.com/docs/dbt-apis/rate-limits"""

_PLANS = TypeAdapter(list[FaultPlan])


class LatencyBody(BaseModel):
    """How much longer every answer takes."""

    model_config = ConfigDict(extra="forbid")

    seconds: float = Field(ge=0, le=60)


class ClockBody(BaseModel):
    """A time to set or to advance by, and whether the time is then frozen."""

    model_config = ConfigDict(extra="forbid")

    now: AwareDatetime | None = None
    advance_seconds: float | None = Field(default=None, allow_inf_nan=False)
    frozen: bool = False

    @model_validator(mode="after")
    def _one_way_to_set(self) -> "ClockBody":
        if self.now is not None and self.advance_seconds is not None:
            message = "`now` and `advance_seconds` are both given: leave one out"
            raise ValueError(message)
        return self


class SqlBody(BaseModel):
    """A query of the warehouse of an environment."""

    model_config = ConfigDict(extra="forbid")

    project_id: int
    environment_id: int
    sql: str


class ProjectBody(BaseModel):
    """A project to add, and the sample that its repository is made from."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1)
    sample: str

    @field_validator("sample")
    @classmethod
    def _known_sample(cls, value: str) -> str:
        if value not in samples.names():
            message = f"not a sample; there are: {', '.join(samples.names())}"
            raise ValueError(message)
        return value


class JobStateBody(BaseModel):
    """Whether a job is deactivated, as after 100 failed runs in a row."""

    model_config = ConfigDict(extra="forbid", strict=True)

    job_id: int
    deactivated: bool


@dataclass
class Control:
    """The control routes and their settings.

    Attributes:
        store: The state.
        services: The clock to set, and what a reset must stop.
        faults: The planned failures.
        latency_seconds: How much longer every answer takes.
    """

    store: Store
    services: Services
    faults: Faults = field(default_factory=Faults)
    latency_seconds: float = 0.0
    _cool_until: datetime | None = None
    _resetting: threading.Lock = field(default_factory=threading.Lock)

    def routes(self) -> list[Route]:
        """The routes, for the application."""
        table: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            ("GET", "health", self._health),
            ("GET", "state", self._state),
            ("POST", "reset", self._reset),
            ("GET", "faults", self._list_faults),
            ("POST", "faults", self._plan_faults),
            ("DELETE", "faults", self._clear_faults),
            ("GET", "latency", self._get_latency),
            ("POST", "latency", self._set_latency),
            ("GET", "clock", self._get_clock),
            ("POST", "clock", self._set_clock),
            ("DELETE", "clock", self._reset_clock),
            ("POST", "projects", self._add_project),
            ("POST", "jobs", self._set_job),
            ("POST", "git-events", self._take_git_event),
            ("POST", "sql", self._query),
        ]
        return [
            Route(f"{CONTROL_PREFIX}/{name}", endpoint, methods=[method])
            for method, name, endpoint in table
        ]

    async def with_faults(
        self,
        request: Request,
        operation: Operation | None,
        answer: Callable[[], Awaitable[Response]],
    ) -> Response:
        """Answer a request of the API, unless a planned fault applies."""
        if self.latency_seconds:
            await asyncio.sleep(self.latency_seconds)
        self._refuse_while_cooling()
        path = request.url.path + "/"
        fault = self.faults.meet(request.method, path, operation.path if operation else None)
        if fault is None:
            return await answer()
        if fault.effect is Effect.RATE_LIMIT:
            seconds = _COOL_DOWN_SECONDS if fault.seconds is None else fault.seconds
            self._cool_until = self.services.clock.now() + timedelta(seconds=seconds)
            raise TooManyRequestsError(math.ceil(seconds))
        if fault.effect is Effect.STATUS and fault.status is not None:
            raise PlannedFaultError(fault.status)
        if fault.effect is Effect.RESET:
            await asyncio.sleep(fault.seconds or 0)
            return await _disconnect(request, reset=True)
        if fault.effect is Effect.SLOW:
            await asyncio.sleep(fault.seconds or 0)
        response = await answer()
        if fault.effect is Effect.LOST_ANSWER:
            await asyncio.sleep(fault.seconds or 0)
            if fault.status is not None:
                raise PlannedFaultError(fault.status)
            return await _disconnect(request, reset=False)
        return response

    def _refuse_while_cooling(self) -> None:
        """Refuse a request during a cool-down; planned faults do not apply to it."""
        now = self.services.clock.now()
        if self._cool_until is not None and now < self._cool_until:
            raise TooManyRequestsError(math.ceil((self._cool_until - now).total_seconds()))

    async def _health(self, _request: Request) -> Response:
        return json_response({"ok": True, "pid": os.getpid()})

    async def _state(self, request: Request) -> Response:
        def dump() -> dict[str, Any]:
            with self.store.reading() as session:
                state: dict[str, Any] = {"counts": session.counts()}
                if "full" in request.query_params:
                    state["resources"] = {kind: session.find(kind) for kind in session.kinds()}
            return state

        return json_response(await run_in_threadpool(dump))

    async def _reset(self, _request: Request) -> Response:
        await run_in_threadpool(self.reset)
        return json_response({"ok": True})

    def reset(self) -> None:
        """Reset everything to the seed: resources, files, faults, latency, clock.

        Git repositories stay: they contain users' work.
        """
        with self._resetting, self.services.executor.emptying():
            self.services.clock.reset()
            self.faults.clear()
            self.latency_seconds = 0.0
            self._cool_until = None
            with self.store.writing() as session:
                seeding.apply_again(session, self.services)
            self.services.artifacts.clear()

    async def _list_faults(self, _request: Request) -> Response:
        faults = self.faults.as_json()
        unmet = sum(fault["unmet"] for fault in faults)
        return json_response({"faults": faults, "unmet": unmet})

    async def _plan_faults(self, request: Request) -> Response:
        try:
            sent = parsed(await request.body())
            plans = _PLANS.validate_python(sent if isinstance(sent, list) else [sent])
        except (ValidationError, ValueError) as error:
            return _refused(error)
        return json_response({"faults": self.faults.plan(plans)}, 201)

    async def _clear_faults(self, _request: Request) -> Response:
        self.faults.clear()
        self._cool_until = None
        return json_response({"ok": True})

    async def _get_latency(self, _request: Request) -> Response:
        return json_response({"seconds": self.latency_seconds})

    async def _set_latency(self, request: Request) -> Response:
        try:
            self.latency_seconds = LatencyBody.model_validate(parsed(await request.body())).seconds
        except ValueError as error:
            return _refused(error)
        return await self._get_latency(request)

    async def _get_clock(self, _request: Request) -> Response:
        clock = self.services.clock
        return json_response({"now": clock.now().isoformat(), "frozen": clock.frozen})

    async def _set_clock(self, request: Request) -> Response:
        try:
            body = ClockBody.model_validate(parsed(await request.body()))
        except ValueError as error:
            return _refused(error)
        clock = self.services.clock
        try:
            if body.now is not None or body.frozen:
                clock.set(body.now or clock.now(), frozen=body.frozen)
            if body.advance_seconds is not None:
                clock.advance(body.advance_seconds)
        except ClockRangeError as error:
            field = "now" if body.advance_seconds is None else "advance_seconds"
            return json_response({"problems": [{"path": field, "problem": str(error)}]}, 400)
        return await self._get_clock(request)

    async def _take_git_event(self, request: Request) -> Response:
        try:
            event = GitEventBody.model_validate_json(await request.body())
        except ValueError as error:
            return _refused(error)
        events = GitEvents(self.store, self.services)
        try:
            return json_response(await run_in_threadpool(events.take, event))
        except GitEventError as error:
            return json_response({"problems": [{"path": error.path, "problem": str(error)}]}, 400)

    async def _add_project(self, request: Request) -> Response:
        try:
            body = ProjectBody.model_validate_json(await request.body())
        except ValueError as error:
            return _refused(error)
        add = sample_project.add
        added = await run_in_threadpool(add, self.store, self.services, body.name, body.sample)
        return json_response(added, 201)

    async def _set_job(self, request: Request) -> Response:
        try:
            body = JobStateBody.model_validate(parsed(await request.body()))
        except ValueError as error:
            return _refused(error)

        def change() -> bool:
            with self.store.writing() as session:
                job = session.get("job", body.job_id)
                if job is None or job["state"] != ACTIVE:
                    return False
                fields = DEACTIVATED if body.deactivated else REACTIVATED
                session.put("job", {**job, **fields})
            return True

        if not await run_in_threadpool(change):
            problem = {"path": "job_id", "problem": f"there is no job {body.job_id}"}
            return json_response({"problems": [problem]}, 400)
        return json_response(body.model_dump())

    async def _query(self, request: Request) -> Response:
        """Query the warehouse of an environment. The query cannot change anything."""
        try:
            body = SqlBody.model_validate_json(await request.body())
        except ValueError as error:
            return _refused(error)
        query = self.services.executor.query
        try:
            answer = await run_in_threadpool(query, body.project_id, body.environment_id, body.sql)
        except QueryError as error:
            return json_response({"problems": [{"path": "sql", "problem": str(error)}]}, 400)
        return json_response(answer)

    async def _reset_clock(self, request: Request) -> Response:
        self.services.clock.reset()
        return await self._get_clock(request)


async def _disconnect(request: Request, *, reset: bool) -> Response:
    """Close the request's connection without an answer, by a reset if asked."""
    transport: asyncio.Transport = request.state.transport
    if reset and not transport.is_closing():
        # Closing without lingering sends a reset.
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
    while (await request.receive())["type"] != "http.disconnect":
        """Discard the rest of the body."""
    return Response(status_code=500)


def _refused(error: ValueError) -> Response:
    if isinstance(error, ValidationError):
        problems = [
            {
                "path": ".".join(map(str, item["loc"])) or "body",
                "problem": item["msg"].removeprefix("Value error, "),
            }
            for item in error.errors(include_url=False, include_input=False)
        ]
    else:
        problems = [{"path": "body", "problem": "not JSON"}]
    return json_response({"problems": problems}, 400)
