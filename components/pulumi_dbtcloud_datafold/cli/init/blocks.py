"""A project's block of the stack file, from what is decided about its jobs."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from pulumi_dbtcloud_datafold.cli.init.job_settings import (
    InexpressibleError,
    Settings,
    becomes,
    default,
    express,
)
from pulumi_dbtcloud_datafold.cli.init.recognition import Job, Recognised, Role, recognise
from pulumi_dbtcloud_datafold.cli.init.selection import (
    Choice,
    ChoiceError,
    Decision,
    Environment,
    Selection,
    select,
)
from pulumi_dbtcloud_datafold.datafold_integration import IntegrationSettings
from pulumi_dbtcloud_datafold.jobs.environment_consistency import AGREED_KEYS
from pulumi_dbtcloud_datafold.settings.problems import problems_from

_OF_JOBS_AS_CODE = re.compile(r"\[\[.+\]\]\s*$")
"""How dbt-jobs-as-code marks the name of a job as its own."""

_PRODUCTION_ROLES: tuple[Role, ...] = ("production_job", "merge_job", "artifacts_job")


@dataclass
class ProjectBlock:
    """What the stack file says of a project.

    Attributes:
        key: Its name in the stack file.
        settings: The block. Without the blocks of roles that are not decided.
        changes: What the block cannot say of the jobs that it takes over, a sentence each.
        hints: What a person should do beside.
        problems: Why the block cannot be used as it is, beside decisions that are open.
    """

    key: str
    project: Mapping[str, Any]
    selection: Selection
    settings: Settings
    changes: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def is_usable(self) -> bool:
        """Whether the block can be used as it is."""
        return self.selection.is_decided and not self.problems


def project_block(
    key: str,
    project: Mapping[str, Any],
    jobs: Sequence[Job],
    environments: Sequence[Environment],
    choices: Mapping[Role, Choice],
) -> ProjectBlock:
    """Return a project's block.

    Args:
        key: Its name in the stack file.
        project: The project, as dbt Cloud describes it.
        jobs: Its jobs.
        environments: Its environments.
        choices: What a person has chosen, by role.

    Raises:
        ChoiceError: A choice is not possible.
    """
    recognised = recognise(jobs)
    selection = select(recognised, environments, choices, _unfit)
    block = ProjectBlock(key, project, selection, {"project_id": project["id"]})
    block.settings["environments"] = {
        role: {"id": environment["id"]}
        for role in ("production", "pull_request")
        if (environment := getattr(selection, role))
    }
    production_id = selection.production["id"] if selection.production else None
    expressed: dict[Role, Settings] = {}
    for role, decision in selection.decisions.items():
        if decision.adopted:
            found = express(decision.adopted.job, role, production_id)
            expressed[role] = {"adopt_job_id": decision.adopted.number, **found.settings}
            block.changes += [f"{role}: {change}" for change in found.changes]
            if _OF_JOBS_AS_CODE.search(str(decision.adopted.job.get("name"))):
                block.hints.append(
                    f"{role}: dbt-jobs-as-code manages this job. Run its `unlink`, which changes the name, then run "
                    "this command again"
                )
        elif decision.is_new:
            expressed[role] = _new(role, decision, selection, recognised)
    _agree(expressed, selection, block.changes)
    if selection.is_decided:
        block.problems += _problems(expressed)
    block.settings |= {str(role): settings for role, settings in expressed.items()}
    return block


def keys_for(
    projects: Sequence[Mapping[str, Any]], taken: Mapping[int, str], reserved: Collection[str]
) -> dict[int, str]:
    """Return a name for each project's block, by the project's number.

    Args:
        projects: The projects.
        taken: Names that projects have in the stack file already, by their numbers: they keep them.
        reserved: Names of other blocks of the stack file.
    """
    keys: dict[int, str] = {}
    used = {*taken.values(), *reserved}
    for project in projects:
        number = project["id"]
        if number in taken:
            keys[number] = taken[number]
            continue
        plain = unicodedata.normalize("NFKD", str(project["name"])).encode("ascii", "ignore")
        slug = re.sub(r"[^a-z0-9_]+", "-", plain.decode().lower()).strip("-_")
        if not slug or not slug[0].isalpha():
            slug = f"project-{slug}" if slug else f"project-{number}"
        keys[number] = slug if slug not in used else f"{slug}-{number}"
        used.add(keys[number])
    return keys


def choose(
    texts: Sequence[str], keys: Collection[str], roles: Collection[Role]
) -> dict[str, dict[Role, Choice]]:
    """Return what `--choose PROJECT.BLOCK=NUMBER` says, by project and role.

    Raises:
        ChoiceError: One is not of that form.
    """
    found: dict[str, dict[Role, Choice]] = {}
    for text in texts:
        where, _, value = text.partition("=")
        key, _, role = where.rpartition(".")
        matching = [known for known in roles if known == role]
        if key not in keys:
            message = f"--choose {text}: there is no project '{key}'; there is {', '.join(keys)}"
            raise ChoiceError(message)
        if not matching or not (value == "new" or (value.isascii() and value.isdigit())):
            message = (
                f"--choose {text}: write PROJECT.BLOCK=NUMBER or PROJECT.BLOCK=new; BLOCK is one of "
                f"{', '.join(roles)}"
            )
            raise ChoiceError(message)
        found.setdefault(key, {})[matching[0]] = value if value == "new" else int(value)
    return found


def _unfit(found: Recognised, role: Role) -> str | None:
    try:
        express(found.job, role, None)
    except InexpressibleError as error:
        return f"the stack file cannot say it: {error}"
    return None


def _new(
    role: Role, decision: Decision, selection: Selection, recognised: Sequence[Recognised]
) -> Settings:
    """Return the block of a job that `pulumi up` makes: under a name that is free in its environment."""
    place = selection.pull_request if role == "pull_request_job" else selection.production
    names = {
        job.job.get("name") for job in recognised if place and job.environment_id == place["id"]
    }
    name = default(role, "name")
    return {"name": f"{name} (Datafold)"} if name in names else {}


def _agree(expressed: Mapping[Role, Settings], selection: Selection, changes: list[str]) -> None:
    """Give all production jobs the settings that they have to share: those of the first one that exists."""
    roles = [role for role in _PRODUCTION_ROLES if role in expressed]
    existing = [role for role in roles if selection.decisions[role].adopted]
    for key in AGREED_KEYS:
        if not existing:
            return
        value = expressed[existing[0]].get(key, default(existing[0], key))
        for role in roles:
            now = expressed[role].get(key, default(role, key))
            if now == value:
                continue
            if role in existing:
                changes.append(
                    f"{becomes(role, key, now, value)}, as all jobs of the production environment"
                )
            if value == default(role, key):
                del expressed[role][key]
            else:
                expressed[role][key] = value


def _problems(expressed: Mapping[Role, Settings]) -> list[str]:
    try:
        IntegrationSettings.model_validate(dict(expressed))
    except ValidationError as error:
        return [
            f"{problem.problem}: {problem.fix}"
            for problem in problems_from(error, IntegrationSettings)
        ]
    return []
