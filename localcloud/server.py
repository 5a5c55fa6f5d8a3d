"""The server: the application, its state and its socket, put together."""

import socket
from asyncio import Transport
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from localcloud import server_log
from localcloud.app import create_app
from localcloud.clock import Clock
from localcloud.control.control import Control
from localcloud.http.operation import Services
from localcloud.loopback import require_loopback
from localcloud.runs.executor import Executor, SimulatedExecutor
from localcloud.runs.scheduler import Scheduler
from localcloud.seeds import seed_file, seeding
from localcloud.state.artifacts import Artifacts
from localcloud.state.store import Store
from localcloud.webhooks.delivery import WebhookDelivery

DATABASE = "cloud.sqlite3"
ARTIFACTS = "artifacts"
REPOSITORIES = "repositories"

_SHUTDOWN_SECONDS = 5

_IDLE_SECONDS = 75
"""How long a connection may be idle. Clients that pause meanwhile must not find it closed under their next request."""

MakeExecutor = Callable[[Store, Artifacts, Clock, Path], Executor]
"""Makes the executor of runs; the last argument is the data directory."""


class PortTakenError(Exception):
    """Another program listens on the port."""

    def __init__(self, port: int) -> None:
        """A refusal of that port."""
        super().__init__(
            f"port {port} is taken by another program: stop that program, or choose another port "
            "with --port, of make with PORT= (0 takes any free one)"
        )


class _Protocol(H11Protocol):
    """HTTP with the connection's transport in the request, so that a planned fault can drop it.

    Its parser accepts `[`, `]` and `"` in a query unescaped, as clients of dbt Cloud send them.
    """

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


@dataclass(frozen=True)
class Server:
    """A server that is set up but does not serve yet.

    Attributes:
        uvicorn: Serves once its `run` is called with `sockets`.
        sockets: Bound already, so the port is known and taken.
        store: The state.
        control: The control routes.
        executor: What executes runs.
        scheduler: Starts the runs of scheduled jobs.
        webhooks: What sends messages about runs to webhooks.
    """

    uvicorn: uvicorn.Server
    sockets: list[socket.socket]
    store: Store
    control: Control
    executor: Executor
    scheduler: Scheduler
    webhooks: WebhookDelivery

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.sockets[0].getsockname()[1])

    @property
    def origin(self) -> str:
        """Scheme, address and port."""
        host = self.sockets[0].getsockname()[0]
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def run(self) -> None:
        """Serve until stopped, then close everything."""
        self.webhooks.start()
        self.executor.start()
        self.scheduler.start()
        try:
            self.uvicorn.run(sockets=self.sockets)
        finally:
            self.scheduler.close()
            self.executor.close()
            self.webhooks.close()
            self.store.close()


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens on loopback.

    Raises:
        NotLoopbackError: `host` is not loopback.
        PortTakenError: Another program has the port.
    """
    require_loopback(host)
    address = "127.0.0.1" if host == "localhost" else host.strip("[]")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # Named TCP, the accepted connections get no delay: asyncio goes by the protocol number.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # So that a restarted server can use its port again at once.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((address, port))
        bound.listen(128)
    except OSError:
        bound.close()
        raise PortTakenError(port) from None
    return bound


def set_up(
    data_dir: Path,
    seed_path: Path | None,
    bound: socket.socket,
    *,
    make_executor: MakeExecutor = SimulatedExecutor,
    on_ready: Callable[[], None] | None = None,
    logs: bool = False,
) -> Server:
    """A server on that data.

    Args:
        data_dir: Where the state is; created if missing.
        seed_path: What a new data directory starts with. Default: `seed_file.DEV_SEED`.
        bound: From `bind`.
        make_executor: Makes the executor of runs. Default: a simulation.
        on_ready: Called once requests are answered.
        logs: Whether the server logs to standard error.

    Raises:
        SeedError: The seed has mistakes.
        SchemaVersionError: A newer version of this program wrote the data.
    """
    store = Store(data_dir / DATABASE)
    clock = Clock()
    artifacts = Artifacts(data_dir / ARTIFACTS)
    executor = make_executor(store, artifacts, clock, data_dir)
    services = Services(clock, artifacts, executor, data_dir.resolve() / REPOSITORIES)
    with store.reading() as session:
        new = not seeding.is_applied(session)
    if new:
        seed = seed_file.load(seed_path or seed_file.DEV_SEED)
        with store.writing() as session:
            seeding.apply(session, services, seed)
    control = Control(store, services)
    config = uvicorn.Config(
        create_app(store, services, control),
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=server_log.config(clock) if logs else None,
        log_level="info" if logs else "critical",
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        server_header=False,
    )
    server = _Uvicorn(config, on_ready)
    scheduler = Scheduler(store, clock, executor)
    webhooks = WebhookDelivery(store, clock)
    return Server(server, [bound], store, control, executor, scheduler, webhooks)


class _Uvicorn(uvicorn.Server):
    """Uvicorn with a callback when it is ready."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._on_ready is not None:
            self._on_ready()
