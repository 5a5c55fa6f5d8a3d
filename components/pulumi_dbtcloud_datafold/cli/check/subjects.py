"""How a finding names what it is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.cli.check.finding import Finding, Severity
from pulumi_dbtcloud_datafold.cli.check.stack_state import Declared

REFRESH = (
    "`pulumi up --refresh` puts it back as declared; to keep the change, write it into the stack"
)


@dataclass(frozen=True)
class Subject:
    """What a finding is about; see `Finding` for its attributes."""

    project: str | None
    text: str
    number: int | None
    url: str

    def finding(self, check: str, severity: Severity, problem: str, fix: str) -> Finding:
        """Return a finding about it."""
        return Finding(
            check, severity, self.project, self.text, self.number, self.url, problem, fix
        )


class Subjects:
    """Names things of one account, with their pages."""

    def __init__(self, api: DbtCloudApi) -> None:
        """Use this account's addresses."""
        self._access_url, self._account_id = api.access_url, api.account_id
        self._settings = f"{api.access_url.origin}/settings/accounts/{api.account_id}"

    def job(self, job: Declared) -> Subject:
        """Return a job of the stack."""
        url = self._access_url.job(self._account_id, int(job.inputs["projectId"]), job.number)
        return Subject(job.project, f"job {job.number} '{job.name}'", job.number, url)

    def run(self, job: Declared, run: Mapping[str, Any]) -> Subject:
        """Return a job of the stack, with the page of one of its runs."""
        url = self._access_url.run(self._account_id, int(job.inputs["projectId"]), run["id"])
        return Subject(job.project, f"job {job.number} '{job.name}'", job.number, url)

    def foreign(self, job: Mapping[str, Any], project: str) -> Subject:
        """Return a job that does not belong to the stack."""
        url = self._access_url.job(self._account_id, job["project_id"], job["id"])
        return Subject(project, f"job {job['id']} '{job['name']}'", job["id"], url)

    def environment(self, number: int, project_id: int, project: str) -> Subject:
        """Return an environment."""
        place = f"deploy/{self._account_id}/projects/{project_id}/environments/{number}"
        url = f"{self._access_url.origin}/{place}"
        return Subject(project, f"environment {number}", number, url)

    def project(self, number: int, name: str, project: str) -> Subject:
        """Return a project of dbt Cloud; its name is empty if it is not known."""
        url = f"{self._settings}/pages/projects/{number}"
        return Subject(
            project, f"project {number} '{name}'" if name else f"project {number}", number, url
        )

    def account(self, text: str, number: int | None) -> Subject:
        """Return what belongs to no project."""
        return Subject(None, text, number, self._settings)
