"""Which job of a project becomes which block: the only one that fits best, or the one that a person chooses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from pulumi_dbtcloud_datafold.cli.init.recognition import Rank, Recognised, Role

ROLES: tuple[Role, ...] = get_args(Role)
NEW = "new"
"""What a person chooses to have a new job made although others are there."""

Environment = Mapping[str, Any]
Unfit = Callable[[Recognised, Role], str | None]
"""Returns why the settings of the stack file cannot have a job in a role; None if they can."""

Choice = int | str
"""The number of a job, or `NEW`."""

_PRODUCTION_ROLES: tuple[Role, ...] = ("production_job", "merge_job", "artifacts_job")
_NOTHING = {
    "production_job": "nothing that builds production is there",
    "pull_request_job": "nothing that pull requests start is there",
    "artifacts_job": "nothing that a merge starts or that only makes a manifest is there",
}


class ChoiceError(Exception):
    """A choice is not possible; the message says why."""


@dataclass
class Decision:
    """What a role's block is to have.

    Attributes:
        adopted: The job to take over.
        is_new: `pulumi up` makes a job.
        candidates: What to choose from, where neither is decided.
        refused: What would fit but cannot become the block.
        note: What a person should know.
    """

    role: Role
    adopted: Recognised | None = None
    is_new: bool = False
    candidates: Sequence[Recognised] = ()
    refused: Sequence[Recognised] = ()
    note: str = ""

    @property
    def is_decided(self) -> bool:
        """Whether there is nothing left to decide."""
        return bool(self.adopted) or self.is_new


@dataclass
class Selection:
    """What is decided for a project.

    Attributes:
        production: Environment of the production jobs; None if that is not decided.
        pull_request: Environment of the pull-request job; None if that is not decided.
        decisions: Of the roles that the block has.
        left_alone: Jobs that the stack does not have, with the reason.
        notes: What is to decide apart from jobs.
    """

    production: Environment | None = None
    pull_request: Environment | None = None
    decisions: dict[Role, Decision] = field(default_factory=dict)
    left_alone: list[tuple[Recognised, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_decided(self) -> bool:
        """Whether the block can be used as it is."""
        decided = all(decision.is_decided for decision in self.decisions.values())
        return decided and not self.notes and bool(self.production and self.pull_request)


def select(
    recognised: Sequence[Recognised],
    environments: Sequence[Environment],
    choices: Mapping[Role, Choice],
    unfit: Unfit,
) -> Selection:
    """Decide which job becomes which block.

    Args:
        recognised: The jobs of the project.
        environments: The environments of the project.
        choices: What a person has chosen, by role.
        unfit: Says which jobs the settings cannot have.

    Raises:
        ChoiceError: A choice is not possible.
    """
    return _Selecting(recognised, environments, choices, unfit).run()


class _Selecting:
    def __init__(
        self,
        recognised: Sequence[Recognised],
        environments: Sequence[Environment],
        choices: Mapping[Role, Choice],
        unfit: Unfit,
    ) -> None:
        self.recognised = recognised
        self.environments = {environment["id"]: environment for environment in environments}
        self.choices = choices
        self.unfit = unfit
        self.selection = Selection()

    def run(self) -> Selection:
        selection = self.selection
        numbers = [number for number in self.choices.values() if number != NEW]
        for role, number in self.choices.items():
            if numbers.count(number) > 1:
                message = f"{role}={number}: this job is chosen for another block too"
                raise ChoiceError(message)
        selection.production = self._production_environment()
        if selection.production is None and self._of("production_job"):
            candidates = self._of("production_job")
            note = "jobs of several environments build, and no environment has the type production"
            decision = Decision("production_job", candidates=candidates, note=note)
            selection.decisions["production_job"] = decision
        else:
            selection.decisions["production_job"] = self._decided("production_job")
        selection.decisions["pull_request_job"] = self._pull_request()
        source = self._source()
        selection.decisions[source] = self._decided(source)
        selection.pull_request = self._pull_request_environment()
        if selection.production is None and selection.decisions["production_job"].is_decided:
            selection.notes.append("no deployment environment for the production jobs is there")
        if selection.pull_request is None and selection.decisions["pull_request_job"].is_decided:
            selection.notes.append(
                "no single deployment environment beside production is there for the pull-request job: make one in "
                "dbt Cloud, without deployment type production"
            )
        self._leave_the_rest()
        return selection

    def _of(self, role: Role) -> list[Recognised]:
        chosen = self.choices.values()
        return [job for job in self.recognised if job.role == role and job.number not in chosen]

    def _in_production(self, role: Role) -> list[Recognised]:
        production = self.selection.production
        return [
            job for job in self._of(role) if production and job.environment_id == production["id"]
        ]

    def _production_environment(self) -> Environment | None:
        for role in _PRODUCTION_ROLES:
            if isinstance(number := self.choices.get(role), int):
                return self.environments.get(self._chosen(role, number).environment_id)
        typed = [
            environment
            for environment in self.environments.values()
            if environment.get("deployment_type") == "production"
        ]
        in_use = {job.environment_id for job in self.recognised if job.role in _PRODUCTION_ROLES}
        if len(typed) == 1 and (typed[0]["id"] in in_use or not in_use):
            return typed[0]
        for role in _PRODUCTION_ROLES:
            found = self._of(role)
            best = min((job.rank for job in found), default=None)
            places = {job.environment_id for job in found if job.rank == best}
            fit = [
                environment
                for number in places
                if (environment := self._fit_for_production(number))
            ]
            if len(fit) == 1:
                return fit[0]
            if fit:
                return None
        return typed[0] if len(typed) == 1 else None

    def _fit_for_production(self, number: int) -> Environment | None:
        environment = self.environments.get(number)
        if environment is None or environment.get("type") == "development":
            return None
        return None if environment.get("deployment_type") == "staging" else environment

    def _chosen(self, role: Role, number: int) -> Recognised:
        found = next((job for job in self.recognised if job.number == number), None)
        if found is None:
            message = f"{role}={number}: the project has no such job"
            raise ChoiceError(message)
        is_ci = found.role == "pull_request_job"
        if is_ci != (role == "pull_request_job"):
            kind = "a CI job" if is_ci else "no CI job"
            message = f"{role}={number}: it is {kind}, and dbt Cloud cannot change that"
            raise ChoiceError(message)
        if problem := self._problem(found, role):
            message = f"{role}={number}: {problem}"
            raise ChoiceError(message)
        return found

    def _problem(self, found: Recognised, role: Role) -> str | None:
        environment = self.environments.get(found.environment_id)
        if environment is None:
            return f"its environment {found.environment_id} is not there"
        if environment.get("type") == "development":
            return "it runs in a development environment"
        if role == "pull_request_job" and self._is_production(environment):
            return (
                "it runs in the production environment, so pull requests are built into production. In dbt Cloud, make "
                "a deployment environment without type production, choose it in the job's settings, and run this "
                "command again"
            )
        if found.job.get("job_type") == "adaptive":
            return "it is an adaptive job, which cannot become another one"
        return self.unfit(found, role)

    def _is_production(self, environment: Environment) -> bool:
        production = self.selection.production
        is_typed = environment.get("deployment_type") == "production"
        return is_typed or bool(production and production["id"] == environment["id"])

    def _decided(self, role: Role) -> Decision:
        choice = self.choices.get(role)
        if choice == NEW:
            return Decision(role, is_new=True, note="chosen")
        if isinstance(choice, int):
            return Decision(role, self._chosen(role, choice), note="chosen")
        return self._only_one(role, self._in_production(role))

    def _only_one(self, role: Role, found: Sequence[Recognised]) -> Decision:
        """Take the only one of the best rank; leave it to a person otherwise."""
        if not found:
            return Decision(role, is_new=True, note=_NOTHING[role])
        problems = {job.number: self._problem(job, role) for job in found}
        fit = [job for job in found if not problems[job.number]]
        best = min(job.rank for job in found)
        first = [job for job in found if job.rank == best]
        first_fit = [job for job in first if not problems[job.number]]
        is_only = len(first_fit) == 1 and best != Rank.NEVER_UNASKED
        # A CI job that cannot be taken builds nothing twice: it stays beside the one that is taken.
        if is_only and (len(first) == 1 or role == "pull_request_job"):
            return Decision(role, first_fit[0])
        refused = [job for job in first if problems[job.number]]
        if refused:
            note = "; ".join(f"job {job.number}: {problems[job.number]}" for job in refused)
        elif len(first) > 1:
            note = f"{len(first)} jobs fit"
        else:
            note = "one job may be meant, but it is not sure"
        return Decision(role, candidates=fit, refused=refused, note=note)

    def _pull_request(self) -> Decision:
        role: Role = "pull_request_job"
        if role in self.choices:
            return self._decided(role)
        found = self._of(role)
        production = self.selection.production
        deferring = [
            job
            for job in found
            if production
            and job.job.get("deferring_environment_id") == production["id"]
            and not self._problem(job, role)
        ]
        if len(deferring) == 1:
            return Decision(role, deferring[0])
        return self._only_one(role, found)

    def _source(self) -> Role:
        """Return which of merge_job and artifacts_job the block has."""
        for role in ("merge_job", "artifacts_job"):
            if role in self.choices:
                return role
        return "merge_job" if self._in_production("merge_job") else "artifacts_job"

    def _pull_request_environment(self) -> Environment | None:
        adopted = self.selection.decisions["pull_request_job"].adopted
        if adopted:
            return self.environments.get(adopted.environment_id)
        others = [
            environment
            for environment in self.environments.values()
            if environment.get("type") == "deployment" and not self._is_production(environment)
        ]
        return others[0] if len(others) == 1 else None

    def _leave_the_rest(self) -> None:
        decisions = self.selection.decisions
        mentioned = {
            job.number
            for decision in decisions.values()
            for job in (*decision.candidates, *decision.refused, decision.adopted)
            if job
        }
        for job in self.recognised:
            if job.number not in mentioned:
                self.selection.left_alone.append((job, self._why_left(job)))

    def _why_left(self, job: Recognised) -> str:
        if job.role is None:
            return job.reason
        if problem := self._problem(job, job.role):
            return problem
        production = self.selection.production
        if job.role in _PRODUCTION_ROLES and production and job.environment_id != production["id"]:
            name = self.environments.get(job.environment_id, {}).get("name")
            return f"{job.reason}; it runs in environment {job.environment_id} '{name}', not in production"
        if job.role == "artifacts_job" and "artifacts_job" not in self.selection.decisions:
            return f"{job.reason}; Datafold reads one job's artifacts, and there is a merge job"
        return f"{job.reason}; another job is taken"
