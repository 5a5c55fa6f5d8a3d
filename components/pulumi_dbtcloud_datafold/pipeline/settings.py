"""What a person decides about the pipeline that starts a merge job."""

from typing import Annotated, ClassVar, Literal, NotRequired, TypedDict

from pydantic import AfterValidator, Field

from pulumi_dbtcloud_datafold.settings.field_types import BranchName, Form
from pulumi_dbtcloud_datafold.settings.problems import broken_rule
from pulumi_dbtcloud_datafold.settings.settings_model import SettingsModel

PATHS = {
    "github": ".github/workflows/dbt-cloud-merge.yml",
    "gitlab": ".gitlab/dbt-cloud-merge.yml",
}
"""Where the file goes by default. GitLab reads it by an `include` in `.gitlab-ci.yml`."""

TOKEN_VARIABLE = "DBT_CLOUD_TOKEN"  # noqa: S105 - the name of a variable
"""The environment variable that the script reads its token from."""

WAIT_MINUTES = 300
"""Five hours: a job on a GitHub-hosted runner ends after six.
Source: https://docs.github.com/en/actions/reference/limits"""

MARGIN_MINUTES = 15
"""The git host lets the script run so much longer than it waits for the run, so that it can report the end."""

_DAY_MINUTES = 1_440

_VARIABLE = Form(
    r"^[A-Za-z_][A-Za-z0-9_]*$",
    "this is not the name of a secret",
    f"write letters, digits and _ only, no digit first, e.g. {TOKEN_VARIABLE}",
)


class PipelineSettingsArgs(TypedDict):
    """How a git pipeline starts the merge job. Everything has a default."""

    git_host: NotRequired[str]
    """`github` (GitHub Actions) or `gitlab` (GitLab CI). Default: `github`."""
    branch: NotRequired[str]
    """Branch whose pushes start the job. Default: `main`."""
    secret_name: NotRequired[str]
    """Name of the secret (GitHub) or CI/CD variable (GitLab) that has the token. Default: `DBT_CLOUD_TOKEN`."""
    path: NotRequired[str]
    """Where the file goes in the repository. Default: `.github/workflows/dbt-cloud-merge.yml`, or
    `.gitlab/dbt-cloud-merge.yml`."""
    wait_minutes: NotRequired[int]
    """Follow the run so long at most; it goes on in dbt Cloud afterwards. Default: 300."""


def _plain_branch(value: str) -> str:
    # Narrower than git: a name with a pattern's characters would match other branches too.
    allowed = set("._-/")
    if not all(character.isalnum() or character in allowed for character in value):
        raise broken_rule(
            "a branch here has letters, digits and . _ - / only", "write one branch, e.g. main"
        )
    return value


def _secret_name(value: str) -> str:
    if value.upper().startswith(("GITHUB_", "CI_")):
        raise broken_rule(
            "names that begin with GITHUB_ or CI_ belong to the git host", "choose another name"
        )
    return value


def _path(value: str) -> str:
    if value.startswith("/") or ".." in value.split("/") or not value.endswith((".yml", ".yaml")):
        raise broken_rule(
            "this is not the path of a YAML file in a repository",
            "write it from the repository's root, e.g. .github/workflows/dbt-cloud-merge.yml",
        )
    return value


class PipelineSettings(SettingsModel):
    """`PipelineSettingsArgs`, checked."""

    args_type: ClassVar[type] = PipelineSettingsArgs

    git_host: Literal["github", "gitlab"] = "github"
    branch: Annotated[BranchName, AfterValidator(_plain_branch)] = "main"
    secret_name: Annotated[str, _VARIABLE, AfterValidator(_secret_name)] = TOKEN_VARIABLE
    path: Annotated[str, AfterValidator(_path)] | None = None
    wait_minutes: Annotated[int, Field(ge=1, le=_DAY_MINUTES)] = WAIT_MINUTES

    @property
    def timeout_minutes(self) -> int:
        """How long the git host lets the script run."""
        return self.wait_minutes + MARGIN_MINUTES
