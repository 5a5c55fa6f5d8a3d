"""How a finding names what it is about."""

from collections.abc import Mapping
from typing import Any

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.cli.check.finding import Finding, Severity
from pulumi_dbtcloud_datafold.cli.check.stack_state import Declared

REFRESH = (
    "`pulumi up --refresh` puts it back as declared; to keep the change, write it into the stack"
)


class Subjects:
    """Makes findings about jobs, environments and tokens of one account."""

    def __init__(self, api: DbtCloudApi) -> None:
        """Use this account's addresses."""
        self._origin = api.access_url.origin
        self._account_id = api.account_id
        self._access_url = api.access_url

    def job(self, job: Declared, check: str, severity: Severity, problem: str, fix: str) -> Finding:
        """Return a finding about a job of the stack."""
        url = self._access_url.job(self._account_id, int(job.inputs["projectId"]), job.number)
        subject = f"job {job.number} '{job.name}'"
        return Finding(check, severity, job.project, subject, job.number, url, problem, fix)

    def run(
        self,
        job: Declared,
        run: Mapping[str, Any],
        check: str,
        severity: Severity,
        problem: str,
        fix: str,
    ) -> Finding:
        """Return a finding about a job that one of its runs shows."""
        url = self._access_url.run(self._account_id, int(job.inputs["projectId"]), run["id"])
        subject = f"job {job.number} '{job.name}'"
        return Finding(check, severity, job.project, subject, job.number, url, problem, fix)

    def foreign(
        self,
        job: Mapping[str, Any],
        project: str,
        check: str,
        severity: Severity,
        problem: str,
        fix: str,
    ) -> Finding:
        """Return a finding about a job that does not belong to the stack."""
        url = self._access_url.job(self._account_id, job["project_id"], job["id"])
        subject = f"job {job['id']} '{job['name']}'"
        return Finding(check, severity, project, subject, job["id"], url, problem, fix)

    def environment(
        self,
        number: int,
        project_id: int,
        project: str,
        check: str,
        severity: Severity,
        problem: str,
        fix: str,
    ) -> Finding:
        """Return a finding about an environment."""
        url = (
            f"{self._origin}/deploy/{self._account_id}/projects/{project_id}/environments/{number}"
        )
        return Finding(check, severity, project, f"environment {number}", number, url, problem, fix)

    def project(
        self,
        number: int,
        name: str,
        project: str,
        check: str,
        severity: Severity,
        problem: str,
        fix: str,
    ) -> Finding:
        """Return a finding about a dbt Cloud project."""
        url = f"{self._origin}/settings/accounts/{self._account_id}/pages/projects/{number}"
        return Finding(
            check, severity, project, f"project {number} '{name}'", number, url, problem, fix
        )

    def account(
        self,
        subject: str,
        number: int | None,
        check: str,
        severity: Severity,
        problem: str,
        fix: str,
    ) -> Finding:
        """Return a finding about what belongs to no project."""
        url = f"{self._origin}/settings/accounts/{self._account_id}"
        return Finding(check, severity, None, subject, number, url, problem, fix)
