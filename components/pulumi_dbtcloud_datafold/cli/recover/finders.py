"""What nobody adopts by hand, found in its place: variables of jobs, notifications, webhooks."""

import re
from collections.abc import Mapping
from typing import Any

from pulumi_dbtcloud_datafold.cli.existing import Candidate, Document, Finder
from pulumi_dbtcloud_datafold.cli.preview import Declared

_JOB_LISTS = {
    "onCancels": "on_cancel",
    "onFailures": "on_failure",
    "onSuccesses": "on_success",
    "onWarnings": "on_warning",
}


class VariableFinder(Finder):
    """Finds the value that a job has of an environment variable."""

    def all(self, declared: Declared, place: int | None) -> list[Document]:
        """Return the job's own value, if it has one."""
        project_id, job_id = _number(declared, "projectId"), _number(declared, "jobDefinitionId")
        name = declared.inputs["name"]
        of_job = self.account.api.variables_of_job(project_id, job_id).get(name, {}).get("job")
        return [{"id": f"{project_id}:{job_id}:{of_job['id']}", "name": name}] if of_job else []

    def candidate(self, declared: Declared, place: int | None, found: Document) -> Candidate:
        """Compare nothing: `pulumi up` sets the value, which dbt Cloud may not show."""
        return _candidate(found, f"job {_number(declared, 'jobDefinitionId')}", {})


class NotificationFinder(Finder):
    """Finds the notifications to an address or a channel."""

    def all(self, declared: Declared, place: int | None) -> list[Document]:
        """Return the account's notifications, each named by its address."""
        return [
            {**notification, "name": _target(notification) or f"user {notification['user_id']}"}
            for notification in self.account.api.notifications()
        ]

    def exact(self, declared: Declared, place: int | None) -> list[Document]:
        """Return those to the declared address."""
        inputs = declared.inputs
        wanted = {
            "type": inputs["notificationType"],
            "user_id": inputs["userId"],
            "external_email": inputs.get("externalEmail"),
            "slack_channel_id": inputs.get("slackChannelId"),
        }
        return [found for found in self.all(declared, place) if _address(found) == _address(wanted)]

    def candidate(self, declared: Declared, place: int | None, found: Document) -> Candidate:
        """Compare the jobs."""
        differs = {
            theirs: str(found.get(theirs) or [])
            for ours, theirs in _JOB_LISTS.items()
            if sorted(found.get(theirs) or []) != sorted(map(int, declared.inputs.get(ours) or []))
        }
        return _candidate(found, "the account", differs)


class WebhookFinder(Finder):
    """Finds the webhooks to an address."""

    def all(self, declared: Declared, place: int | None) -> list[Document]:
        """Return the account's webhooks."""
        return [*self.account.api.webhooks()]

    def exact(self, declared: Declared, place: int | None) -> list[Document]:
        """Return those of the declared name and address."""
        inputs = declared.inputs
        return [
            found
            for found in self.all(declared, place)
            if (found["name"], found.get("client_url")) == (inputs["name"], inputs["clientUrl"])
        ]

    def candidate(self, declared: Declared, place: int | None, found: Document) -> Candidate:
        """Compare the jobs."""
        jobs = sorted(map(int, found.get("job_ids") or []))
        same = jobs == sorted(map(int, declared.inputs.get("jobIds") or []))
        return _candidate(found, "the account", {} if same else {"job_ids": str(jobs)})


def _candidate(found: Document, where: str, differs: Mapping[str, str]) -> Candidate:
    identity = str(found["id"])
    number = re.search(r"\d+$", identity)
    return Candidate(
        number=int(number[0]) if number else 0,
        name=found["name"],
        import_id=identity,
        where=where,
        differs=differs,
    )


def _address(notification: Mapping[str, Any]) -> tuple[object, object, str]:
    return notification.get("type"), notification.get("user_id"), _target(notification).lower()


def _target(notification: Mapping[str, Any]) -> str:
    return str(notification.get("external_email") or notification.get("slack_channel_id") or "")


def _number(declared: Declared, key: str) -> int:
    return int(declared.inputs[key])
