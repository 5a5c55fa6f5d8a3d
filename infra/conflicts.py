"""Conflicts between blocks of the stack file: each block is right alone, but two do not go together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pulumi_dbtcloud_datafold.jobs.environment_consistency import AGREED_KEYS
from pulumi_dbtcloud_datafold.pipeline.settings import PATHS
from pulumi_dbtcloud_datafold.settings.problems import Problem

from infra.project import EnvironmentConfig, ProjectConfig

_ENVIRONMENTS = ("production", "pull_request")
_COPIED = "projects.{} has this project too, with these environments and jobs of these names"
_COPIED_FIX = "correct project_id and environments, remove one of the blocks, or give this one's jobs other names"


@dataclass(frozen=True)
class _Claim:
    """Something that only one block can have.

    Attributes:
        thing: Equal for two blocks that claim the same.
        key: Where in its block it is claimed.
        problem: The problem of the second block that claims it; `{}` stands for the first.
    """

    thing: tuple[object, ...]
    key: str
    problem: str
    fix: str


def between(projects: Mapping[str, ProjectConfig]) -> list[Problem]:
    """Return a problem for each second block that claims what only one can have."""
    found = []
    claimed: dict[tuple[object, ...], str] = {("block", name): name for name in projects}
    for name, project in projects.items():
        jobs = [*_jobs(project)]
        owners = {claimed.get(claim.thing) for claim in jobs}
        if len(jobs) > len(_ENVIRONMENTS) and len(owners) == 1 and None not in owners:
            # The whole block was copied.
            [first] = owners
            found.append(Problem(f"projects.{name}.project_id", _COPIED.format(first), _COPIED_FIX))
            jobs = []
        for claim in (
            *_names(project),
            *_created_environments(project),
            *jobs,
            *_places_in_repositories(project),
        ):
            first = claimed.setdefault(claim.thing, name)
            if first != name:
                path = f"projects.{name}.{claim.key}"
                found.append(Problem(path, claim.problem.format(f"projects.{first}"), claim.fix))
    return [
        *found,
        *_adopted_twice(projects),
        *_disagreements(projects),
        *_pull_requests_in_production(projects),
    ]


def _adopted_twice(projects: Mapping[str, ProjectConfig]) -> Iterator[Problem]:
    """Find jobs that two blocks of jobs, of one project or of two, want to adopt."""
    adopted: dict[int, str] = {}
    for name, project in projects.items():
        for block, job in project.jobs.items():
            path = f"projects.{name}.{block}"
            if job.adopt_job_id and (first := adopted.setdefault(job.adopt_job_id, path)) != path:
                yield Problem(
                    f"{path}.adopt_job_id",
                    f"{first} adopts job {job.adopt_job_id} too, and a job can be one of the two only",
                    "remove it from one of the two, or correct the number",
                )


def _pull_requests_in_production(projects: Mapping[str, ProjectConfig]) -> Iterator[Problem]:
    """Find blocks whose pull requests would be built in the production environment of another block."""
    production = {
        _identity(project, project.environments.production): name
        for name, project in projects.items()
    }
    for name, project in projects.items():
        environment = _identity(project, project.environments.pull_request)
        owner = production.get(environment, name)
        if environment is not None and owner != name:
            yield Problem(
                f"projects.{name}.environments.pull_request",
                f"projects.{owner} has its production jobs in this environment, so pull requests would be built into "
                "production",
                "choose another deployment environment, without deployment type production",
            )


def _disagreements(projects: Mapping[str, ProjectConfig]) -> Iterator[Problem]:
    """Find blocks that share a production environment and whose jobs differ where those of one block may not."""
    first_with: dict[tuple[object, ...], tuple[str, str | None]] = {}
    for name, project in projects.items():
        environment = _identity(project, project.environments.production)
        if environment is None:
            continue
        source = project.source
        first, other = first_with.setdefault((environment, "source"), (name, source))
        if other and source != other:
            yield Problem(
                f"projects.{name}.{source}",
                f"projects.{first} has a {other} for the same production environment, but Datafold reads one job's "
                "artifacts",
                f"write {other} here too, or give this block an environment of its own",
            )
        for key in AGREED_KEYS:
            # The same in all production jobs of a block.
            value = getattr(project.production_job, key)
            first, expected = first_with.setdefault((environment, key), (name, value))
            if value != expected:
                yield Problem(
                    f"projects.{name}",
                    f"its production jobs share an environment with those of projects.{first} and differ from them in "
                    f"{key} ({value or 'not set'}, not {expected or 'not set'}); pull requests are compared with the "
                    "newest run of any of them",
                    f"give the jobs of both blocks the same {key}, or an environment of their own",
                )


def _identity(project: ProjectConfig, environment: EnvironmentConfig) -> object:
    """Return a value that is equal for two blocks with the same environment; None if the stack creates it."""
    if environment.create:
        return None
    return environment.id or (project.project_id, environment.name)


def _names(project: ProjectConfig) -> Iterator[_Claim]:
    for index, previous in enumerate(project.previous_names):
        yield _Claim(
            ("block", previous),
            f"previous_names[{index}]",
            "{} has this name, now or as a previous one, and its jobs can belong to one block only",
            "remove it here, or remove the other block if this one takes its place",
        )


def _created_environments(project: ProjectConfig) -> Iterator[_Claim]:
    for role in ("production", "pull_request"):
        if create := getattr(project.environments, role).create:
            yield _Claim(
                ("environment", project.project_id, create.name),
                f"environments.{role}.create.name",
                "{} makes an environment of the same name in the same project",
                "give it another name, or name the one that exists, by id or name",
            )


def _jobs(project: ProjectConfig) -> Iterator[_Claim]:
    for role, jobs in (
        ("production", project.production_jobs),
        ("pull_request", {"pull_request_job": project.pull_request_job}),
    ):
        environment = _identity(project, getattr(project.environments, role))
        if environment is None:
            continue
        for key, job in jobs.items():
            yield _Claim(
                ("job", environment, job.name),
                key,
                "{} has a job of the same name in the same environment",
                "give one of the two jobs another name, or remove one of the blocks",
            )


def _places_in_repositories(project: ProjectConfig) -> Iterator[_Claim]:
    settings = project.merge_job.pipeline if project.merge_job else None
    if settings is None or not settings.repository:
        return
    repository = (settings.git_host, settings.repository)
    for key, place in (
        ("path", settings.path or PATHS[settings.git_host]),
        ("secret_name", settings.secret_name),
    ):
        yield _Claim(
            (*repository, key, place),
            f"merge_job.pipeline.{key}",
            f"{{}} puts its own into the same {key} of the same repository",
            f"set {key} here to another one",
        )
