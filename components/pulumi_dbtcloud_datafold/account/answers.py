"""What dbt Cloud answers, as far as it is used: one model for each thing that is read.

Other fields are not looked at. A field that dbt Cloud leaves out or sets to null where nothing depends on it may be
missing here too.

Source: https://docs.getdbt.com/dbt-cloud/api-v2 , https://docs.getdbt.com/dbt-cloud/api-v3
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from pulumi_dbtcloud_datafold.settings.problems import dotted, found_by

Number = Annotated[int, Field(gt=0, lt=2**63)]


def _moment(value: str) -> str:
    datetime.fromisoformat(value)
    return value


def _duration(value: str) -> str:
    hours, minutes, seconds = value.split(":")
    if not (hours + minutes + seconds).isdecimal():
        raise ValueError
    return value


Moment = Annotated[str, AfterValidator(_moment)]
"""A date and a time of day."""
Duration = Annotated[str, AfterValidator(_duration)]
"""Hours, minutes and seconds."""


class Answer(BaseModel):
    """A thing of dbt Cloud."""

    model_config = ConfigDict(strict=True, defer_build=True, hide_input_in_errors=True)


class Pagination(Answer):
    """How many items a list has in all."""

    total_count: Annotated[int, Field(ge=0)]


class Extra(Answer):
    """What stands beside the items of a list."""

    pagination: Pagination


class Account(Answer):
    """The account."""

    plan: str | None = None


class Numbered(Answer):
    """A thing that has a number."""

    id: Number


class Named(Numbered):
    """A thing that has a number and a name."""

    name: str


class Project(Named):
    """A project."""

    repository_id: Number | None = None


class Environment(Named):
    """An environment of a project."""

    project_id: Number
    type: str | None = None
    deployment_type: str | None = None
    dbt_version: str | None = None


class ScheduleDate(Answer):
    """On which days a job runs."""

    type: str | None = None
    cron: str | None = None
    days: list[int] | None = None


class ScheduleTime(Answer):
    """At which hours a job runs."""

    hours: list[int] | None = None
    interval: int | None = None


class Schedule(Answer):
    """When a job runs."""

    cron: str | None = None
    date: ScheduleDate | None = None
    time: ScheduleTime | None = None


class Execution(Answer):
    """How long a run may last."""

    timeout_seconds: int | None = None


class JobSettings(Answer):
    """How dbt runs."""

    threads: int | None = None
    target_name: str | None = None


class Condition(Answer):
    """Whose end starts a job, and with which results."""

    job_id: Number
    project_id: Number
    statuses: list[Literal[10, 20, 30]]


class CompletionTrigger(Answer):
    """What starts a job when another one has ended."""

    condition: Condition


class Job(Named):
    """A job."""

    project_id: Number
    environment_id: Number
    job_type: str | None = None
    description: str | None = None
    dbt_version: str | None = None
    deferring_environment_id: int | None = None
    deferring_job_definition_id: int | None = None
    created_at: Moment | None = None
    execute_steps: list[str] | None = None
    triggers: dict[str, bool | None] | None = None
    schedule: Schedule | None = None
    settings: JobSettings | None = None
    execution: Execution | None = None
    job_completion_trigger_condition: CompletionTrigger | None = None
    cost_optimization_features: list[str] | None = None


class Step(Answer):
    """A step of a run."""

    name: str | None = None
    status: int | None = None
    logs: str | None = None


class Run(Numbered):
    """A run of a job."""

    status: int
    is_complete: bool
    is_success: bool
    created_at: Moment
    finished_at: Moment | None = None
    duration: Duration | None = None
    status_message: str | None = None
    job_definition_id: int | None = None
    run_steps: list[Step] | None = None


class User(Numbered):
    """A user of the account."""

    email: str


class Permission(Answer):
    """What a service token may do, and where."""

    permission_set: str
    all_projects: bool
    project_id: int | None = None


class Repository(Numbered):
    """A git repository of a project."""

    git_clone_strategy: str | None = None


class Notification(Numbered):
    """Who gets a message when jobs end."""


class Webhook(Answer):
    """What dbt Cloud calls when jobs run."""

    id: str
    name: str


class EnvironmentVariables(Answer):
    """The environment variables of a project, by name."""

    variables: dict[str, Any]


class VariableOfJob(Answer):
    """The values of an environment variable."""

    job: dict[str, Any] = {}


Runs = list[Run]
VariablesOfJob = dict[str, VariableOfJob]


class UnexpectedAnswerError(ValueError):
    """An answer has another form than dbt Cloud's; the text says where and what is wrong, without a value."""


def check(kind: Any, data: object, where: str = "data") -> None:  # noqa: ANN401 - a type, or what typing makes of several
    """Refuse data that are not of a kind; `where` names them in the error.

    Raises:
        UnexpectedAnswerError: They are not.
    """
    try:
        TypeAdapter(kind).validate_python(data)
    except (ValidationError, RecursionError) as error:
        raise UnexpectedAnswerError(_reason(error, where)) from None


def _reason(error: ValidationError | RecursionError, where: str) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{dotted((where, *first['loc']))}: {found_by(first['type'])}"
