"""Queries of the DuckDB files of environments, and the removal of schemas from them."""

import json
import logging
import os
import threading
from pathlib import Path
from typing import Any

from localcloud.cancellation import CancellationError, CancellationToken, Cause
from localcloud.runs import pull_requests, subprocess_runner
from localcloud.runs.dbt_installation import InstallationError
from localcloud.runs.execution import RunServices
from localcloud.runs.executor import QueryError

QUERY_SECONDS = 60.0
"""How long a question to a warehouse may take, waiting included."""

_LOG = logging.getLogger(__name__)


class Sql:
    """SQL that this server executes itself in a warehouse; waits for its turn as dbt does."""

    def __init__(self, services: RunServices) -> None:
        """Work on the warehouses of `services`."""
        self._services = services

    def query(self, project_id: int, environment_id: int, sql: str) -> dict[str, Any]:
        """Query a warehouse, once its turn has come. The query cannot change anything.

        Raises:
            QueryError: There is no such warehouse, it does not understand, or it takes too long.
        """
        cancellation = CancellationToken()
        limit = threading.Timer(
            QUERY_SECONDS,
            cancellation.cancel,
            (Cause.TIMEOUT, f"no answer in {QUERY_SECONDS:.0f} s"),
        )
        limit.start()
        try:
            return self._run(project_id, environment_id, {"sql": sql}, cancellation)
        except (CancellationError, InstallationError) as error:
            raise QueryError(str(error)) from None
        finally:
            limit.cancel()

    def drop_schemas(self, cancellation: CancellationToken) -> None:
        """Drop the schemas of pull requests that have ended.

        After a failure, the next event or start tries again.
        """
        with self._services.store.reading() as session:
            found = pull_requests.with_schemas_to_drop(session)
        for pull_request in found:
            for schema in pull_request["schemas_to_drop"]:
                request = {"drop": schema["schema"]}
                environment_id = schema["environment_id"]
                project_id = pull_request["project_id"]
                try:
                    self._run(project_id, environment_id, request, cancellation)
                except (QueryError, InstallationError) as error:
                    _LOG.warning("schema %s is not dropped: %s", schema["schema"], error)
                    continue
                except CancellationError:
                    return
                with self._services.store.writing() as session:
                    pull_requests.dropped(session, pull_request["id"], schema)

    def _run(
        self,
        project_id: int,
        environment_id: int,
        request: dict[str, str],
        cancellation: CancellationToken,
    ) -> dict[str, Any]:
        with self._services.store.reading() as session:
            environment = session.get("environment", environment_id)
        if environment is None or environment["project_id"] != project_id:
            raise QueryError(f"project {project_id} has no environment {environment_id}")
        file = self._services.warehouses.file(project_id, environment)
        if not file.exists():
            if "drop" in request:
                return {"columns": ["dropped"], "rows": []}
            message = (
                f"nothing has been built in environment {environment_id} yet: start one of its jobs, and ask again "
                "when its run has ended"
            )
            raise QueryError(message)
        python = self._services.install(lambda _: None, cancellation).python
        script = Path(__file__).with_name("sql_script.py")
        command = [str(python), "-I", str(script), json.dumps({"file": str(file), **request})]
        log = _Lines()
        with self._services.warehouses.using([file], cancellation):
            subprocess_runner.run(
                command,
                directory=file.parent,
                environment=os.environ,
                log=log,
                cancellation=cancellation,
            )
        try:
            answer: dict[str, Any] = json.loads(log.text)
        except ValueError:
            raise QueryError(log.text.strip()) from None
        if "error" in answer:
            raise QueryError(answer["error"])
        return answer


class _Lines:
    """Keeps what a command writes."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, line: str) -> None:
        self.text += line

    def wait_seconds(self) -> None:
        return None

    def flush(self) -> None:
        """Nothing to do: only the caller reads it."""
