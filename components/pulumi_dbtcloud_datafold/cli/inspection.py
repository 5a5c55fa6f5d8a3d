"""What can be wrong in dbt Cloud although the stack is up to date."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.cli.preview import KINDS, Kind, managed_number
from pulumi_dbtcloud_datafold.settings.problems import Problem

SUCCESS = 10
"""The status of a run that ended well. Source: dbt Cloud's OpenAPI, version 2."""
CI = "ci"
ARTIFACTS_COMPONENTS = ("dbtcloud-datafold:index:ArtifactsJob", "dbtcloud-datafold:index:MergeJob")
"""What declares the job that Datafold reads artifacts from; where a project has both, the first."""
BUILDING = ("build", "run")
"""The dbt commands that make tables, and so something to compare with."""

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Report:
    """What an inspection has found.

    Attributes:
        checked: What was looked at, for a person.
    """

    problems: list[Problem]
    checked: str


def inspect(api: DbtCloudApi, resources: Sequence[Document]) -> Report:
    """Compare dbt Cloud with a stack.

    Args:
        api: The stack's account.
        resources: The resources of the stack's state.
    """
    inspection = _Inspection(api, resources)
    problems = [
        *inspection.gone(),
        *inspection.second_jobs(),
        *inspection.disagreements(),
        *inspection.nothing_to_defer_to(),
        *inspection.no_artifacts(),
    ]
    checked = (
        f"{_count(len(inspection.managed['job']), 'job')} in "
        f"{_count(len({job['environment_id'] for job in inspection.own_jobs}), 'environment')}, and "
        f"{_count(len(inspection.managed['service_token']), 'service token')}"
    )
    return Report(problems, checked)


class _Inspection:
    def __init__(self, api: DbtCloudApi, resources: Sequence[Document]) -> None:
        self.api = api
        self.managed: dict[Kind, dict[int, Document]] = {kind: {} for kind in KINDS.values()}
        self.components: dict[int, str] = {}
        for resource in resources:
            kind = KINDS.get(resource["type"])
            if kind and not resource.get("delete") and (number := managed_number(kind, resource)):
                self.managed[kind][number] = resource["outputs"]
                if kind == "job":
                    self.components[number] = _type_of(resource.get("parent") or "")
        self.projects = sorted({int(job["projectId"]) for job in self.managed["job"].values()})
        self.jobs = {job["id"]: job for each in self.projects for job in api.jobs(project_id=each)}
        self.own_jobs = [self.jobs[number] for number in self.managed["job"] if number in self.jobs]

    def gone(self) -> Iterator[Problem]:
        """Find what the stack has and dbt Cloud has not."""
        for number, job in self.managed["job"].items():
            if number not in self.jobs:
                yield Problem(
                    f"job {number} '{job['name']}'",
                    "it is in the stack, but not in dbt Cloud, or this token does not see it",
                    "if somebody deleted it: `pulumi up --refresh` makes a new one; choose its number in Datafold",
                )
        tokens = (
            {token["id"] for token in self.api.service_tokens()}
            if self.managed["service_token"]
            else ()
        )
        for number, token in self.managed["service_token"].items():
            if number not in tokens:
                yield Problem(
                    f"service token {number} '{token['name']}'",
                    "it is in the stack, but not in dbt Cloud, so Datafold can no longer read dbt Cloud with it",
                    "`pulumi up --refresh` makes a new one; enter its secret in Datafold",
                )

    def second_jobs(self) -> Iterator[Problem]:
        """Find jobs that are called like one of the stack, in the same environment."""
        for own in self.own_jobs:
            for job in self.jobs.values():
                is_same = (job["environment_id"], job["name"]) == (
                    own["environment_id"],
                    own["name"],
                )
                if is_same and job["id"] not in self.managed["job"]:
                    yield Problem(
                        f"job {job['id']} '{job['name']}'",
                        f"it is called like job {own['id']} of the stack and runs in the same environment "
                        f"{own['environment_id']}, perhaps because a create was repeated after its answer was lost",
                        f"look at both, delete the one too many: {self._page(job)}",
                    )

    def disagreements(self) -> Iterator[Problem]:
        """Find environments whose jobs have several target names or dbt versions."""
        own = {job["environment_id"] for job in self.own_jobs if job["job_type"] != CI}
        versions = {
            environment["id"]: environment.get("dbt_version")
            for project_id in self.projects
            for environment in self.api.environments(project_id)
        }
        for environment_id in sorted(own):
            # CI jobs do not count: nothing is deferred to them.
            jobs = [
                job
                for job in self.jobs.values()
                if job["environment_id"] == environment_id and job["job_type"] != CI
            ]
            by_target: dict[str, list[Document]] = defaultdict(list)
            by_version: dict[str, list[Document]] = defaultdict(list)
            for job in jobs:
                by_target[job["settings"]["target_name"]].append(job)
                by_version[str(job["dbt_version"] or versions[environment_id])].append(job)
            for setting, by_value in (("target_name", by_target), ("dbt_version", by_version)):
                if len(by_value) > 1:
                    told = "; ".join(
                        f"{value}: {', '.join(_named(job) for job in group)}"
                        for value, group in sorted(by_value.items())
                    )
                    yield Problem(
                        f"environment {environment_id}",
                        f"its jobs differ in {setting} ({told}); pull requests are compared with the newest run of any "
                        "of them, and then seem to change what they do not",
                        f"give them the same {setting}, or move the others to an environment of their own",
                    )

    def nothing_to_defer_to(self) -> Iterator[Problem]:
        """Find CI jobs that defer to an environment without a successful run."""
        deferring: dict[int, list[Document]] = defaultdict(list)
        for job in self.own_jobs:
            if job["job_type"] == CI and job["deferring_environment_id"]:
                deferring[job["deferring_environment_id"]].append(job)
        for environment_id, jobs in deferring.items():
            if self.api.runs(environment_id=environment_id, status=SUCCESS):
                continue
            there = [job for job in self.own_jobs if job["environment_id"] == environment_id]
            # A manifest alone would do for the comparison, but pull requests would refer to tables that are not there.
            there.sort(key=_builds, reverse=True)
            start = f": {self._page(there[0])}" if there else ""
            yield Problem(
                ", ".join(f"job {_named(job)}" for job in jobs),
                f"defers to environment {environment_id}, in which no run has ever been successful, so it has nothing "
                "to compare a pull request with and fails",
                f"start a job there once{start}; for new stacks: first_run: true",
            )

    def no_artifacts(self) -> Iterator[Problem]:
        """Find jobs that Datafold reads artifacts from, and that never made any."""
        for project_id in self.projects:
            own = [job for job in self.own_jobs if job["project_id"] == project_id]
            by_component = (
                [job for job in own if self.components[job["id"]] == component]
                for component in ARTIFACTS_COMPONENTS
            )
            for job in next(filter(None, by_component), []):
                if not self.api.runs(job["id"], status=SUCCESS):
                    yield Problem(
                        f"job {_named(job)}",
                        "Datafold reads dbt's artifacts from it, and none of its runs has been successful",
                        f"start it once: {self._page(job)}",
                    )

    def _page(self, job: Document) -> str:
        return self.api.access_url.job(self.api.account_id, job["project_id"], job["id"])


def _type_of(urn: str) -> str:
    """Return the type of a resource, without those of its parents."""
    return urn.split("::")[2].rpartition("$")[2] if urn else ""


def _builds(job: Document) -> bool:
    return any(word in BUILDING for step in job["execute_steps"] for word in step.split())


def _named(job: Document) -> str:
    return f"{job['id']} '{job['name']}'"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
