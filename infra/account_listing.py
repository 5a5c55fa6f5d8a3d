"""The projects, environments and jobs of the account, read once before anything is declared."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.settings.problems import MAX_LISTED

Item = Mapping[str, Any]
"""A project, environment, job, token or user, as dbt Cloud describes it."""


@dataclass(frozen=True)
class AccountListing:
    """All projects, environments and jobs of the account that the provider's token sees."""

    projects: Sequence[Item]
    environments: Sequence[Item]
    jobs: Sequence[Item]

    @cached_property
    def project_ids(self) -> frozenset[int]:
        """Numbers of the projects."""
        return frozenset(project["id"] for project in self.projects)

    @cached_property
    def environment_ids(self) -> frozenset[int]:
        """Numbers of the environments."""
        return frozenset(environment["id"] for environment in self.environments)

    @cached_property
    def job_ids(self) -> frozenset[int]:
        """Numbers of the jobs."""
        return frozenset(job["id"] for job in self.jobs)

    def environments_of(self, project_id: int) -> Sequence[Item]:
        """Return the environments of a project."""
        return self._by_project.get(project_id, ())

    @cached_property
    def _by_project(self) -> dict[int, list[Item]]:
        found: dict[int, list[Item]] = {}
        for environment in self.environments:
            found.setdefault(environment["project_id"], []).append(environment)
        return found


def read(api: DbtCloudApi) -> AccountListing:
    """Read the account in parallel: four requests, and one more for each further 100 items of a list.

    Raises:
        DbtCloudError: dbt Cloud does not answer, or the token may not read it; a wrong token or account comes first.
    """
    # The account itself is read for its clear errors only.
    _, projects, environments, jobs = in_parallel(
        api.account, api.projects, api.environments, api.jobs
    )
    return AccountListing(projects, environments, jobs)


def in_parallel(*questions: Callable[[], Any]) -> list[Any]:
    """Return the answers, in the order of the questions; of several errors the first one is raised."""
    if not questions:
        return []
    with ThreadPoolExecutor(min(len(questions), 8), "dbt-cloud-listing") as pool:
        return [future.result() for future in [pool.submit(ask) for ask in questions]]


def described(items: Sequence[Item], name: str = "name") -> str:
    """Return the numbers and names of the first few items, and how many more there are.

    Args:
        items: What to describe.
        name: Key of an item's name.
    """
    shown = [f"{item['id']} ({item[name]})" for item in items[:MAX_LISTED]]
    if len(items) > MAX_LISTED:
        shown.append(f"and {len(items) - MAX_LISTED} more")
    return ", ".join(shown) or "none"
