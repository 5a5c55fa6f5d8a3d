"""What the execution of a run needs from the state, read once before it begins."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.runs.start import pull_request_of
from localcloud.runs.warehouses import Warehouses
from localcloud.secret_variables import is_secret
from localcloud.state.query import equals, one_of
from localcloud.state.store import ACTIVE, DELETED, Doc, Session

ACCOUNT_LIMIT_SECONDS = 86_400
"""The longest a run may take. Source: https://docs.getdbt.com/docs/deploy/jobs"""

_METADATA_PREFIX = "DBT_ENV_CUSTOM_ENV_"
"""dbt writes variables with this prefix, without it, into the metadata of its artifacts.

Source: https://docs.getdbt.com/reference/artifacts/dbt-artifacts
"""

_IN_METADATA = (
    "DBT_CLOUD_PROJECT_ID",
    "DBT_CLOUD_RUN_ID",
    "DBT_CLOUD_JOB_ID",
    "DBT_CLOUD_RUN_REASON",
    "DBT_CLOUD_RUN_REASON_CATEGORY",
)
"""What artifacts made in dbt Cloud say about their run. Source: a recorded `run_results.json`."""

_REASONS = {
    "github_pull_request_id": "github_pull_request",
    "gitlab_merge_request_id": "gitlab_merge_request",
    "azure_pull_request_id": "azure_pull_request",
}


_SECRET_LINE = 4
"""A line of a secret with several lines is masked by itself if it has at least so many characters."""


class RunInputsError(Exception):
    """A run cannot begin; the text says why."""


@dataclass(frozen=True)
class RunInputs:
    """What a run works with.

    Attributes:
        run: The run, as stored.
        job: Its job.
        environment: The job's environment.
        project: The job's project.
        repository: The project's repository.
        schema: Where models are built.
        threads: How many at once.
        target_name: `target.name` in dbt.
        timeout_seconds: How long the run may take.
        warehouse: The DuckDB file that is built into.
        variables: The project's environment variables, for this job.
        secrets: Values among them that no log may show.
    """

    run: Doc
    job: Doc
    environment: Doc
    project: Doc
    repository: Doc
    schema: str
    threads: int
    target_name: str
    timeout_seconds: int
    warehouse: Path
    variables: Mapping[str, str]
    secrets: frozenset[str]

    @property
    def subdirectory(self) -> str:
        """Where the dbt project is inside its repository; empty when at its top."""
        return self.project["dbt_project_subdirectory"] or ""

    @property
    def branch(self) -> str | None:
        """The environment's branch; none: the repository's default branch."""
        return self.environment["custom_branch"] if self.environment["use_custom_branch"] else None

    def dbt_cloud_variables(self, sha: str, branch: str | None) -> dict[str, str]:
        """The environment variables that dbt Cloud adds.

        Source: https://docs.getdbt.com/docs/build/environment-variables#special-environment-variables
        """
        trigger = self.run["trigger"]
        category = next((reason for name, reason in _REASONS.items() if trigger[name]), None)
        if category is None:
            category = "scheduled" if trigger["cause_category"] == "scheduled" else "other"
        deployment_type = self.environment["deployment_type"]
        context = {"production": "prod", "staging": "staging"}.get(deployment_type, "deployment")
        number = pull_request_of(trigger)
        variables = {
            "DBT_CLOUD_ACCOUNT_ID": str(self.run["account_id"]),
            "DBT_CLOUD_PROJECT_ID": str(self.project["id"]),
            "DBT_CLOUD_JOB_ID": str(self.job["id"]),
            "DBT_CLOUD_RUN_ID": str(self.run["id"]),
            "DBT_CLOUD_RUN_REASON": trigger["cause"],
            "DBT_CLOUD_RUN_REASON_CATEGORY": category,
            "DBT_CLOUD_ENVIRONMENT_ID": str(self.environment["id"]),
            "DBT_CLOUD_ENVIRONMENT_NAME": self.environment["name"],
            "DBT_CLOUD_ENVIRONMENT_TYPE": deployment_type or "",
            "DBT_CLOUD_INVOCATION_CONTEXT": "ci" if self.job["job_type"] == "ci" else context,
            "DBT_CLOUD_PR_ID": "" if number is None else str(number),
            "DBT_CLOUD_GIT_SHA": sha,
            "DBT_CLOUD_GIT_BRANCH": branch or "",
        }
        in_metadata = {f"{_METADATA_PREFIX}{name}": variables[name] for name in _IN_METADATA}
        return {**variables, **in_metadata}


def read(session: Session, run_id: int, warehouses: Warehouses) -> RunInputs:
    """What the run works with, as the state has it now.

    Raises:
        RunInputsError: Something it needs is not there any more, or never was.
    """
    run = _required(session, "run", run_id)
    job = _required(session, "job", run["job_definition_id"])
    environment = _required(session, "environment", run["environment_id"])
    project = _required(session, "project", run["project_id"])
    if project["repository_id"] is None:
        message = f"project {project['id']} ({project['name']}) has no repository: attach one to it"
        raise RunInputsError(message)
    trigger = run["trigger"]
    variables, secrets = _variables(session, job)
    override = trigger["timeout_seconds_override"]
    timeout = job["execution"]["timeout_seconds"] if override is None else override
    return RunInputs(
        run=run,
        job=job,
        environment=environment,
        project=project,
        repository=_required(session, "repository", project["repository_id"]),
        schema=trigger["schema_override"] or _schema(session, environment),
        threads=trigger["threads_override"] or job["settings"]["threads"],
        target_name=trigger["target_name_override"] or job["settings"]["target_name"],
        timeout_seconds=min(timeout or ACCOUNT_LIMIT_SECONDS, ACCOUNT_LIMIT_SECONDS),
        warehouse=warehouses.file(project["id"], environment),
        variables=variables,
        secrets=secrets,
    )


def _required(session: Session, kind: str, resource_id: int) -> Doc:
    doc = session.get(kind, resource_id)
    if doc is None or doc.get("state") == DELETED:
        message = f"the {kind} {resource_id} has been deleted"
        raise RunInputsError(message)
    return doc


def _schema(session: Session, environment: Doc) -> str:
    """The environment's schema: of its extended attributes, its credentials, or after its name.

    dbt Cloud refuses to run without credentials; the last is for a server that has none set up.
    """
    attributes = session.get("extended_attributes", environment["extended_attributes_id"] or 0)
    if attributes and isinstance(attributes["extended_attributes"].get("schema"), str):
        return str(attributes["extended_attributes"]["schema"])
    credential = session.get("credential", environment["credentials_id"] or 0) or {}
    public: dict[str, Any] = credential.get("unencrypted_credential_details") or {}
    schema = credential.get("schema") or credential.get("default_schema") or public.get("schema")
    return schema or re.sub(r"\W+", "_", environment["name"].lower()).strip("_") or "main"


def _variables(session: Session, job: Doc) -> tuple[dict[str, str], frozenset[str]]:
    """The values for a job: the project's, over them the environment's, over them the job's."""
    of_project = [equals("project_id", job["project_id"]), equals("state", ACTIVE)]
    found = session.find("environment_variable", of_project)
    project_wide = [doc for doc in found if doc["environment_id"] is None]
    of_environment = [doc for doc in found if doc["environment_id"] == job["environment_id"]]
    of_job = session.find(
        "environment_variable_override", [one_of("job_id", [job["id"]]), equals("state", ACTIVE)]
    )
    values: dict[str, str] = {}
    for doc in (*project_wide, *of_environment, *of_job):
        kind = "environment_variable_override" if "display_value" in doc else "environment_variable"
        shown = doc["display_value"] if "display_value" in doc else doc["value"]
        values[doc["name"]] = session.secrets_of(kind, doc["id"]).get("value", shown)
    secret = [value for name, value in values.items() if is_secret(name)]
    # Logs are masked line by line. Where a value has several, its brackets and the like are no secret.
    lines = [line.strip() for value in secret for line in value.splitlines()]
    return values, frozenset(
        filter(None, (*secret, *(line for line in lines if len(line) >= _SECRET_LINE)))
    )
