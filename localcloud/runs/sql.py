"""Asking the DuckDB files of environments, and tidying them up."""

import json
import logging
import os
import threading
from pathlib import Path
from typing import Any

from localcloud.runs import pull_requests, subprocess_runner
from localcloud.runs.cancellation import Stop, StoppedError
from localcloud.runs.dbt_installation import InstallationError
from localcloud.runs.execution import RunServices
from localcloud.runs.executor import QueryError

QUERY_SECONDS = 60.0
"""How long a question to a warehouse may take, waiting included."""

_LOG = logging.getLogger(__name__)


class Sql:
    """What is not dbt's to do in a warehouse; takes its turn as dbt does."""

    def __init__(self, shop: RunServices) -> None:
        """Work on the warehouses of `shop`."""
        self._shop = shop

    def query(self, project_id: int, environment_id: int, sql: str) -> dict[str, Any]:
        """Ask a warehouse, once its turn has come; nothing can be changed this way.

        Raises:
            QueryError: There is no such warehouse, it does not understand, or it takes too long.
        """
        stop = Stop()
        limit = threading.Timer(QUERY_SECONDS, stop.ask, (f"no answer in {QUERY_SECONDS:.0f} s",))
        limit.start()
        try:
            return self._ask(project_id, environment_id, {"sql": sql}, stop)
        except (StoppedError, InstallationError) as error:
            raise QueryError(str(error)) from None
        finally:
            limit.cancel()

    def drop_schemas(self, stop: Stop) -> None:
        """Drop the schemas of pull requests that are over.

        One that cannot be dropped is tried again at the next event or start.
        """
        with self._shop.store.reading() as session:
            found = pull_requests.with_schemas_to_drop(session)
        for pull_request in found:
            for schema in pull_request["schemas_to_drop"]:
                asked = {"drop": schema["schema"]}
                environment_id = schema["environment_id"]
                project_id = pull_request["project_id"]
                try:
                    self._ask(project_id, environment_id, asked, stop)
                except (QueryError, InstallationError) as error:
                    _LOG.warning("schema %s is not dropped: %s", schema["schema"], error)
                    continue
                except StoppedError:
                    return
                with self._shop.store.writing() as session:
                    pull_requests.dropped(session, pull_request["id"], schema)

    def _ask(
        self, project_id: int, environment_id: int, asked: dict[str, str], stop: Stop
    ) -> dict[str, Any]:
        with self._shop.store.reading() as session:
            environment = session.get("environment", environment_id)
        if environment is None or environment["project_id"] != project_id:
            raise QueryError(f"project {project_id} has no environment {environment_id}")
        file = self._shop.warehouses.file(project_id, environment)
        if not file.exists():
            if "drop" in asked:
                return {"columns": ["dropped"], "rows": []}
            message = (
                f"nothing has been built in environment {environment_id} yet: start one of its jobs, and ask again "
                "when its run has ended"
            )
            raise QueryError(message)
        python = self._shop.install(lambda _: None, stop).python
        script = Path(__file__).with_name("sql_script.py")
        command = [str(python), "-I", str(script), json.dumps({"file": str(file), **asked})]
        log = _Lines()
        with self._shop.warehouses.using([file], stop):
            subprocess_runner.run(
                command, directory=file.parent, environment=os.environ, log=log, stop=stop
            )
        try:
            told: dict[str, Any] = json.loads(log.text)
        except ValueError:
            raise QueryError(log.text.strip()) from None
        if "error" in told:
            raise QueryError(told["error"])
        return told


class _Lines:
    """Keeps what a command writes."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, line: str) -> None:
        self.text += line

    def wait_seconds(self) -> None:
        return None

    def flush(self) -> None:
        """Nobody else reads it."""
