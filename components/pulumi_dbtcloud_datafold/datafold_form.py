"""What to enter in Datafold: every field of its dbt Cloud form, in the form's order.

Datafold has no API for this form, so a person fills it in. This module fills in what the stack knows, and explains the
fields that only the person knows. The token's secret is never part of it.
Source: https://docs.datafold.com/classic/integrations/orchestrators/dbt-cloud
"""

from collections.abc import Mapping
from typing import Literal, NotRequired, TypedDict

WHERE = "Settings > Integrations > CI > Add new integration > dbt Cloud"
NOTES = (
    f"Datafold has no API for this step: enter it by hand, in {WHERE}.",
    "Only Datafold Classic has the dbt Cloud integration (app.datafold.com, eu.datafold.com, dedicated Classic "
    "deployments), and it is closed to new organizations. The current Datafold (us.datafold.com, eub.datafold.com) "
    "has none.",
)
ARTIFACTS_FIELD = "Job that creates dbt artifacts"
PULL_REQUESTS_FIELD = "Job that builds pull requests"
SECRET_OUTPUT = "service_token_string"  # noqa: S105 - a name, no secret


class TokenFacts(TypedDict):
    """The service token, without its secret."""

    id: str
    """Its number."""
    name: str
    """Its name in dbt Cloud."""
    is_secret_known: bool
    """Whether the stack has the secret; of an adopted token it has not."""


class JobFacts(TypedDict):
    """What the form says of a job."""

    name: str
    """Its name in dbt Cloud."""
    job_id: int
    """Its number."""
    url: str | None
    """Its page; None if the account is not known."""


class FormField(TypedDict):
    """One field of the form."""

    section: Literal["Basic", "Advanced"]
    """Part of the form."""
    field: str
    """What the form calls it."""
    known: Literal["stack", "suggestion", "you"]
    """Who knows: the stack, the stack but another choice is as good, or only the person."""
    value: str | None
    """What to enter, if the stack knows."""
    hint: str
    """What else there is to know."""
    job_id: NotRequired[int]
    """The job's number, where a job is chosen."""
    url: NotRequired[str | None]
    """The job's page, where a job is chosen."""


class DatafoldForm(TypedDict):
    """Datafold's form for one dbt project."""

    project: str
    """The project's name in the stack."""
    fields: list[FormField]
    """In the form's order."""


def build(
    project: str,
    *,
    access_url: str | None,
    account_id: str | None,
    artifacts_job: JobFacts | None,
    pull_request_job: JobFacts | None,
    token: TokenFacts | None,
    base_branch: str | None = None,
) -> DatafoldForm:
    """Return the form for one dbt project.

    Args:
        project: The project's name in the stack.
        access_url: Scheme and host of the account; None if the stack does not know it.
        account_id: The account's number; None if the stack does not know it.
        artifacts_job: The job that creates dbt artifacts; None if the stack has none.
        pull_request_job: The job that builds pull requests; None if the stack has none.
        token: The service token; None if the stack makes none.
        base_branch: Branch of the production environment, if it is known to be another than the repository's default.
    """
    account = f"; it is account {account_id}" if account_id else ""
    return DatafoldForm(
        project=project,
        fields=[
            _you(
                "Repository", "the git repository of this dbt project; connect it in Datafold first"
            ),
            _you(
                "Data Connection",
                "the warehouse this dbt project builds in; connect it in Datafold first",
            ),
            _known("Name", project, "any name will do", known="suggestion"),
            _you(
                "Primary key tag",
                "may stay empty: Datafold infers primary keys from uniqueness tests. Otherwise the tag or meta key "
                "that marks primary keys in your dbt project",
            ),
            _secret(token),
            _known("Access URL", access_url, "beside the API key")
            if access_url
            else _you("Access URL", "in dbt Cloud, Account settings"),
            _you("Account name", f"filled in by Datafold once it has the key{account}"),
            _job(ARTIFACTS_FIELD, artifacts_job),
            _job(PULL_REQUESTS_FIELD, pull_request_job),
            *_advanced(base_branch),
        ],
    )


def as_text(forms: Mapping[str, DatafoldForm]) -> str:
    """Return the forms for a terminal."""
    parts = ["\n".join(NOTES)]
    width = max(len(field["field"]) for form in forms.values() for field in form["fields"])
    for form in forms.values():
        lines = [f"dbt project '{form['project']}'"]
        section = None
        for field in form["fields"]:
            if field["section"] != section:
                section = field["section"]
                lines.append(f"  {section}")
            lines.append(f"    {field['field']:<{width}}  {_entry(field)}")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _entry(field: FormField) -> str:
    if field["value"] is None:
        return f"({field['hint']})"
    return f"{field['value']} ({field['hint']})" if field["hint"] else field["value"]


def _you(field: str, hint: str, section: Literal["Basic", "Advanced"] = "Basic") -> FormField:
    return FormField(section=section, field=field, known="you", value=None, hint=hint)


def _known(
    field: str,
    value: str,
    hint: str,
    *,
    known: Literal["stack", "suggestion"] = "stack",
    section: Literal["Basic", "Advanced"] = "Basic",
) -> FormField:
    return FormField(section=section, field=field, known=known, value=value, hint=hint)


def _secret(token: TokenFacts | None) -> FormField:
    if token is None:
        return _you("API key", "the stack makes no service token: the secret of one made elsewhere")
    named = f"secret of the service token '{token['name']}', number {token['id']}"
    if token["is_secret_known"]:
        hint = f"{named}. To see it: pulumi stack output {SECRET_OUTPUT} --show-secrets"
        return FormField(section="Basic", field="API key", known="stack", value=None, hint=hint)
    hint = (
        f"{named}. The token was adopted and dbt Cloud shows a secret only once, so the stack does not know it: take "
        "it from where it was kept, or have a new token made (service_token: generation: 2)"
    )
    return _you("API key", hint)


def _job(field: str, job: JobFacts | None) -> FormField:
    if job is None:
        return _you(field, "this stack declares no such job")
    page = f", {job['url']}" if job["url"] else ""
    chosen = _known(field, job["name"], f"number {job['job_id']}{page}")
    return {**chosen, "job_id": job["job_id"], "url": job["url"]}


def _advanced(base_branch: str | None) -> list[FormField]:
    branch = (
        _known(
            "Custom base branch", base_branch, "the production environment's", section="Advanced"
        )
        if base_branch
        else _you(
            "Custom base branch",
            "leave empty, unless pull requests go to another branch than the repository's default one",
            "Advanced",
        )
    )
    return [
        _known(
            "Enable Datafold in CI/CD",
            "on",
            "off pauses it",
            known="suggestion",
            section="Advanced",
        ),
        _you("Import dbt tags and descriptions", "your choice", "Advanced"),
        _known(
            "Slim Diff",
            "on",
            "diffs only models whose code the pull request changes; off to diff all that were built",
            known="suggestion",
            section="Advanced",
        ),
        _you("Diff Hightouch Models", "on if you use Hightouch", "Advanced"),
        _you("CI fails on primary key issues", "your choice", "Advanced"),
        _you(
            "Pull Request Label", "a label, to have only labelled pull requests diffed", "Advanced"
        ),
        _you("CI Diff Threshold", "most tables to diff in one pull request", "Advanced"),
        _you("Files to ignore", "patterns of files whose changes need no diff", "Advanced"),
        branch,
    ]
