"""The local dbt Cloud as the story sees it: through its API, as any client of dbt Cloud, and its control routes."""

import time
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import Any, Final

import httpx

from localcloud.process import CONTROL_PREFIX

RUNS_SECONDS: Final = 900.0
"""How long the runs of a scene may take; the first of all installs dbt."""

START_SECONDS: Final = 30.0
"""How long it may take until a run that is due has been started."""

_LOOK_SECONDS: Final = 0.5
_ANSWER_SECONDS: Final = 90.0
"""A question to a warehouse waits for its turn."""

_TABLES = "select table_schema, table_name from information_schema.tables order by all"


class StoryError(Exception):
    """The story does not end as it should; the text says where, and what to do."""


class Account:
    """One account of a local dbt Cloud that runs."""

    def __init__(self, origin: str, account_id: str, token: str) -> None:
        """Ask the server at `origin` with a token."""
        self.origin = origin
        self._api = f"/api/v2/accounts/{account_id}"
        self._http = httpx.Client(
            base_url=origin,
            headers={"Authorization": f"Token {token}"},
            timeout=_ANSWER_SECONDS,
            # A proxy is never the way to this machine.
            trust_env=False,
        )

    def __enter__(self) -> "Account":
        """Return the account."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self._http.close()

    def now(self) -> datetime:
        """Return the time there."""
        return datetime.fromisoformat(self._control("GET", "clock")["now"])

    def set_clock(self, now: datetime) -> None:
        """Set the time to `now`, from which the clock goes on."""
        self._control("POST", "clock", {"now": now.isoformat()})

    def reset_clock(self) -> None:
        """Let the clock follow the machine's again."""
        self._control("DELETE", "clock")

    def tables(self, project_id: int, environment_id: int) -> dict[str, list[str]]:
        """Return the tables and views in the environment's warehouse, by schema."""
        found: dict[str, list[str]] = {}
        for schema, table in self._sql(project_id, environment_id, _TABLES):
            found.setdefault(schema, []).append(table)
        return found

    def pull_request_number(self) -> int:
        """Return a number that no pull request has had."""
        known = self._control("GET", "state?full")["resources"].get("pull_request", [])
        return max((pull_request["number"] for pull_request in known), default=0) + 1

    def newest_run(self) -> int:
        """Return the number of the newest run; 0 where there is none."""
        return next((run["id"] for run in self._runs(order_by="-id", limit=1)), 0)

    def follow(
        self, after: int, job_ids: Collection[int], report: Callable[[str], None]
    ) -> dict[int, dict[str, Any]]:
        """Follow all runs newer than `after` to their ends.

        Args:
            after: Number of a run.
            job_ids: Numbers of jobs that must have run.
            report: Called with a line for each step that begins, and each run that ends.

        Returns:
            The newest of the runs, by the number of its job.

        Raises:
            StoryError: A run has failed, a job was not started, or it took too long.
        """
        reported: set[str] = set()
        began = time.monotonic()
        while True:
            related = '["run_steps","trigger","job"]'
            runs = self._runs(id__gt=after, order_by="id", include_related=related)
            for line in (line for run in runs for line in _lines(run) if line not in reported):
                reported.add(line)
                report(line)
            newest = {run["job_definition_id"]: run for run in runs}
            missing = set(job_ids) - newest.keys()
            if not missing and all(run["is_complete"] for run in runs):
                break
            passed = time.monotonic() - began
            if missing and passed > START_SECONDS:
                numbers = ", ".join(map(str, sorted(missing)))
                raise StoryError(f"nothing has started job {numbers}; see {self.origin}")
            if passed > RUNS_SECONDS:
                message = f"runs are still under way after {RUNS_SECONDS:.0f} s; see {self.origin}"
                raise StoryError(message)
            time.sleep(_LOOK_SECONDS)
        if failed := [run["href"] for run in runs if not run["is_success"]]:
            raise StoryError(f"a run has not succeeded; its log says why: {' '.join(failed)}")
        return newest

    def built(self, run: dict[str, Any], kind: str = "model") -> list[str]:
        """Return the names of the models (or tests, seeds) that the run's last command has worked on."""
        results = self._file(f"runs/{run['id']}", "run_results.json")["results"]
        parts = (result["unique_id"].split(".") for result in results)
        return sorted(name[0] for found, _, *name in parts if found == kind)

    def manifest(self, job_id: int) -> dict[str, Any]:
        """Return the manifest that Datafold would read from the job."""
        return self._file(f"jobs/{job_id}", "manifest.json")

    def _ask(self, method: str, path: str, **sent: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        try:
            return self._http.request(method, path, **sent)
        except httpx.HTTPError as error:
            message = f"the local dbt Cloud at {self.origin} does not answer ({error or type(error).__name__})"
            raise StoryError(f"{message}: `make story` starts it again") from None

    def _control(self, method: str, route: str, body: object = None) -> dict[str, Any]:
        answer = self._ask(method, f"{CONTROL_PREFIX}/{route}", json=body)
        result: dict[str, Any] = answer.json()
        if problems := result.get("problems"):
            raise StoryError(
                "; ".join(f"{problem['path']}: {problem['problem']}" for problem in problems)
            )
        return result

    def _runs(self, **query: str | int) -> list[dict[str, Any]]:
        answer = self._ask("GET", f"{self._api}/runs/", params=query).raise_for_status().json()
        runs: list[dict[str, Any]] = answer["data"]
        return runs

    def _file(self, of: str, name: str) -> dict[str, Any]:
        answer = self._ask("GET", f"{self._api}/{of}/artifacts/{name}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            message = (
                f"{of} has left no {name}. If the server simulates runs, begin with `make down`"
            )
            raise StoryError(message)
        content: dict[str, Any] = answer.raise_for_status().json()
        return content

    def _sql(self, project_id: int, environment_id: int, sql: str) -> list[list[Any]]:
        body = {"project_id": project_id, "environment_id": environment_id, "sql": sql}
        rows: list[list[Any]] = self._control("POST", "sql", body)["rows"]
        return rows


def _lines(run: dict[str, Any]) -> Iterator[str]:
    """Yield the lines about a run as far as it is."""
    name = f"  run {run['id']}"
    yield f"{name}  job {run['job']['id']} '{run['job']['name']}': {run['trigger']['cause']}"
    for step in run["run_steps"]:
        yield f"{name}    {step['name']}"
        for line in step["logs"].splitlines():
            if line.startswith(("Installing dbt", "Waiting for another process")):
                yield f"{name}      {line}"
    if run["is_complete"]:
        yield f"{name}  {run['status_humanized']} after {run['duration_humanized']}"
