"""What exists in the account that a declared object could be: found by place and name, or by number."""

import difflib
import re
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.cli import job_properties
from pulumi_dbtcloud_datafold.cli.init.recognition import Recognised
from pulumi_dbtcloud_datafold.cli.preview import UNKNOWN, Declared
from pulumi_dbtcloud_datafold.cli.purpose import of_same_purpose

SIMILAR = 0.8
"""From this ratio on two names count as similar. Source: difflib.SequenceMatcher, 1.0 is equal."""

PARALLEL_QUESTIONS = 8

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Candidate:
    """Something that exists.

    Attributes:
        import_id: What `pulumi import` wants.
        where: Where it is, for a person.
        differs: What `pulumi up` would change: by setting, what it is now.
        unfit: Why it cannot become the declared object; None if it can.
        facts: What else tells it from others.
        state: What the import file says of it beside its id.
    """

    number: int
    name: str
    import_id: str
    where: str
    differs: Mapping[str, str]
    unfit: str | None = None
    facts: str = ""
    state: Mapping[str, Any] = field(default_factory=dict)


class Account:
    """What the account has; each list is asked for once."""

    def __init__(self, api: DbtCloudApi) -> None:
        """Nothing is asked yet."""
        self.api = api

    def environments(self, project_id: int) -> list[dict[str, Any]]:
        """Return the environments of a project."""
        return self._environments.get(project_id, [])

    def jobs(self, project_id: int) -> list[dict[str, Any]]:
        """Return the jobs of a project."""
        return self._jobs.get(project_id, [])

    @cached_property
    def _environments(self) -> dict[int, list[dict[str, Any]]]:
        return by_project(self.api.environments())

    @cached_property
    def _jobs(self) -> dict[int, list[dict[str, Any]]]:
        return by_project(self.api.jobs())

    @cached_property
    def service_tokens(self) -> list[dict[str, Any]]:
        """Return the active service tokens."""
        return self.api.service_tokens()

    def last_runs(self, job_ids: Collection[int]) -> dict[int, str]:
        """Describe, by job, when it ran last, and how that run ended."""
        with ThreadPoolExecutor(PARALLEL_QUESTIONS, "adopt") as pool:
            return dict(zip(job_ids, pool.map(self._last_run, job_ids), strict=True))

    def _last_run(self, job_id: int) -> str:
        for run in self.api.runs(job_id):
            ended = run.get("status_humanized") or run.get("status")
            return f"last run {run['created_at'][:16]}, {ended}"
        return "never ran"


def by_project(items: Iterable[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    """Return jobs or environments by the number of their project."""
    found: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for item in items:
        found[item["project_id"]].append(item)
    return found


class Finder(ABC):
    """Finds one kind of object in its place."""

    def __init__(self, account: Account) -> None:
        """Look in this account."""
        self.account = account

    @abstractmethod
    def all(self, declared: Declared, place: int | None) -> list[Document]:
        """Return what could be meant, however it is called."""

    @abstractmethod
    def candidate(self, declared: Declared, place: int | None, found: Document) -> Candidate:
        """Compare what was found with what is declared."""

    def with_facts(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Add what helps a person to choose between several."""
        return [*candidates]

    def is_there(self, place: int | None, found: Document) -> bool:
        """Tell whether it is just where the declared object is to be."""
        return True

    def exact(self, declared: Declared, place: int | None) -> list[Document]:
        """Return what has the declared name in the declared place."""
        return [
            found
            for found in self.all(declared, place)
            if found["name"] == declared.inputs["name"] and self.is_there(place, found)
        ]

    def similar(self, declared: Declared, place: int | None) -> list[Document]:
        """Return what has a similar name, or the declared name in another place."""
        return [
            found
            for found in self.all(declared, place)
            if _are_similar(found["name"], declared.inputs["name"])
        ]

    def why_similar(self, declared: Declared, place: int | None, found: Document) -> str:
        """Return what makes it similar beside its name; an empty text if nothing does."""
        return ""


class EnvironmentFinder(Finder):
    """Finds an environment in its project."""

    def all(self, declared: Declared, place: int | None) -> list[Document]:
        """Return the project's environments."""
        return [*self.account.environments(declared.inputs["projectId"])]

    def candidate(self, declared: Declared, place: int | None, found: Document) -> Candidate:
        """Compare type, release track, deployment type and branch."""
        now = {
            "name": found["name"],
            "dbtVersion": found.get("dbt_version"),
            "deploymentType": found.get("deployment_type"),
            "customBranch": found.get("custom_branch"),
        }
        project_id = declared.inputs["projectId"]
        wanted, is_type = declared.inputs.get("type"), found.get("type")
        return Candidate(
            number=found["id"],
            name=found["name"],
            import_id=f"{project_id}:{found['id']}",
            where=f"project {project_id}",
            differs=job_properties.differences(
                now, {key: declared.inputs.get(key) for key in now}, UNKNOWN
            ),
            unfit=f"it is a {is_type} environment, not a {wanted} one"
            if wanted != is_type
            else None,
        )


class ServiceTokenFinder(Finder):
    """Finds a service token in the account."""

    def all(self, declared: Declared, place: int | None) -> list[Document]:
        """Return the account's active tokens."""
        return [*self.account.service_tokens]

    def candidate(self, declared: Declared, place: int | None, found: Document) -> Candidate:
        """Compare name and permissions: a token is never edited."""
        permissions = self.account.api.service_token_permissions(found["id"])
        has = sorted(_permission(permission) for permission in permissions)
        wanted = sorted(
            _permission(
                {
                    "permission_set": permission.get("permissionSet"),
                    "all_projects": permission.get("allProjects"),
                    "project_id": permission.get("projectId"),
                }
            )
            for permission in declared.inputs.get("serviceTokenPermissions", [])
        )
        unfit = None
        if found["name"] != declared.inputs["name"]:
            unfit = "it has another name, and a token cannot be edited"
        elif has != wanted:
            unfit = f"it has {_listed(has)}, not {_listed(wanted)}, and a token cannot be edited"
        return Candidate(
            number=found["id"],
            name=found["name"],
            import_id=str(found["id"]),
            where="the account",
            differs={},
            unfit=unfit,
            facts=f"{_listed(has)}; {_last_used(found)}",
        )


class JobFinder(Finder):
    """Finds a job in its environment; under another name or elsewhere in its project, too."""

    def __init__(self, account: Account) -> None:
        """Look in this account."""
        super().__init__(account)
        self._by_purpose: dict[str, list[Recognised]] = {}

    def all(self, declared: Declared, place: int | None) -> list[Document]:
        """Return the project's jobs."""
        return [*self.account.jobs(declared.inputs["projectId"])]

    def is_there(self, place: int | None, found: Document) -> bool:
        """Tell whether the job is in the environment."""
        return bool(found["environment_id"] == place)

    def candidate(self, declared: Declared, place: int | None, found: Document) -> Candidate:
        """Compare every setting; a job never changes its project, nor whether it is a CI job."""
        inputs = {**declared.inputs, "environmentId": place}
        now = job_properties.properties(found, inputs)
        kept = {key: now.get(key) for key in declared.kept}
        project_id = declared.inputs["projectId"]
        unfit = None
        if found["project_id"] != project_id:
            unfit = f"it is in project {found['project_id']}, not {project_id}, and cannot move"
        elif found.get("job_type") == "adaptive":
            unfit = "it is an adaptive job, and cannot become another"
        elif (found.get("job_type") == "ci") != job_properties.is_ci(inputs.get("triggers") or {}):
            kinds = {True: "a CI job", False: "no CI job"}
            is_ci = found.get("job_type") == "ci"
            unfit = f"it is {kinds[is_ci]}, the declared one is {kinds[not is_ci]}"
        return Candidate(
            number=found["id"],
            name=found["name"],
            import_id=str(found["id"]),
            where=f"project {found['project_id']}, environment {found['environment_id']}",
            differs=job_properties.differences(now, {**inputs, **kept}, UNKNOWN),
            unfit=unfit,
            state={"inputs": job_properties.inputs(now, inputs), "outputs": now},
        )

    def similar(self, declared: Declared, place: int | None) -> list[Document]:
        """Return what has a similar name or does the same, too."""
        by_name = super().similar(declared, place)
        numbers = {found["id"] for found in by_name}
        by_purpose = self._of_same_purpose(declared, place)
        return by_name + [
            recognised.job for recognised in by_purpose if recognised.number not in numbers
        ]

    def why_similar(self, declared: Declared, place: int | None, found: Document) -> str:
        """Return what the job does, if that is what the declared one is for."""
        same = self._of_same_purpose(declared, place)
        return next(
            (recognised.reason for recognised in same if recognised.number == found["id"]), ""
        )

    def _of_same_purpose(self, declared: Declared, place: int | None) -> list[Recognised]:
        if declared.urn not in self._by_purpose:
            self._by_purpose[declared.urn] = of_same_purpose(
                declared, place, self.account.jobs(declared.inputs["projectId"])
            )
        return self._by_purpose[declared.urn]

    def with_facts(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Add when each job ran last."""
        runs = self.account.last_runs({candidate.number for candidate in candidates})
        return [
            replace(
                candidate, facts="; ".join(filter(None, (runs[candidate.number], candidate.facts)))
            )
            for candidate in candidates
        ]


def _are_similar(one: str, other: str) -> bool:
    plain = [re.sub(r"[\W_]+", " ", name.casefold()).strip() for name in (one, other)]
    return difflib.SequenceMatcher(a=plain[0], b=plain[1]).ratio() >= SIMILAR


def _permission(item: Mapping[str, Any]) -> tuple[str, int]:
    """Return permission set and project; project 0 is all."""
    return str(item["permission_set"]), 0 if item["all_projects"] else int(item["project_id"] or 0)


def _listed(permissions: list[tuple[str, int]]) -> str:
    texts = [
        f"{name} for {f'project {project_id}' if project_id else 'all projects'}"
        for name, project_id in permissions
    ]
    return " and ".join(texts) or "no permissions"


def _last_used(token: Mapping[str, Any]) -> str:
    return f"last used {token['last_used'][:16]}" if token.get("last_used") else "use not known"
