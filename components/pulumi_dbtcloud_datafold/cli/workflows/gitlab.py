"""The jobs for GitLab CI.

Source: https://docs.gitlab.com/ci/yaml/
"""

from collections.abc import Mapping
from typing import Any

from pulumi_dbtcloud_datafold.cli.workflows.settings import (
    TIMEOUT_MINUTES,
    WorkflowSettings,
    comment_script,
    preview_script,
    pulumi_version,
)

COMMENT_IMAGE = "python:3.14-slim"
COMMENT_ENVIRONMENT = "dbt-cloud-comment"
"""Environment that the variable GITLAB_TOKEN is limited to, so that the preview does not get it."""
_END = "END_OF_POST_COMMENT"


def files(settings: WorkflowSettings) -> Mapping[str, dict[str, Any]]:
    """Return the file by its path, as the data that YAML is made from."""
    jobs = {"preview": _preview, "comment": _comment, "up": _up, "check": _check}
    return {path(settings): {_name(settings, name): make(settings) for name, make in jobs.items()}}


def path(settings: WorkflowSettings) -> str:
    """Return where the file goes in the repository."""
    return f".gitlab/dbt-cloud-stack-{settings.slug}.yml"


def _name(settings: WorkflowSettings, name: str) -> str:
    return f"dbt-cloud-{name}-{settings.slug}"


def _preview(settings: WorkflowSettings) -> dict[str, Any]:
    script = preview_script("gitlab") + 'cat review.md\nexit "$code"\n'
    return {
        **_base(settings),
        "rules": [{"if": _in_review(settings)}],
        "interruptible": True,
        "script": [*_install(settings), script],
        "artifacts": {"when": "always", "paths": [_review(settings)], "expire_in": "7 days"},
    }


def _comment(settings: WorkflowSettings) -> dict[str, Any]:
    return {
        "image": COMMENT_IMAGE,
        "needs": [_name(settings, "preview")],
        # Also after a preview that was refused: the comment says why.
        "rules": [{"if": _in_review(settings), "when": "always"}],
        "environment": {"name": COMMENT_ENVIRONMENT, "action": "access"},
        "variables": {"GIT_STRATEGY": "none", "COMMENT_FILE": _review(settings)},
        "script": [f"python3 -I -u - <<'{_END}'\n{comment_script()}{_END}\n"],
    }


def _up(settings: WorkflowSettings) -> dict[str, Any]:
    # GitLab starts the jobs of a resource group in any order, and an older commit would undo a newer one.
    newest = """\
git fetch --quiet --depth 1 origin "$CI_COMMIT_BRANCH"
if [ "$(git rev-parse FETCH_HEAD)" != "$CI_COMMIT_SHA" ]; then
  echo "A newer commit is on $CI_COMMIT_BRANCH; its pipeline brings up this one too."
  exit 0
fi
"""
    rule = f'$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "{settings.branch}"'
    return {
        **_base(settings),
        "rules": [{"if": rule}],
        "interruptible": False,
        "resource_group": f"dbt-cloud-up-{settings.slug}",
        "script": [
            newest,
            *_install(settings),
            'pulumi up --non-interactive --yes --stack "$STACK"',
        ],
    }


def _check(settings: WorkflowSettings) -> dict[str, Any]:
    command = f'dbtcloud-datafold check --stack "$STACK" --fail-on {settings.fail_on}'
    return {
        **_base(settings),
        "rules": [{"if": '$CI_PIPELINE_SOURCE == "schedule"'}],
        "script": [*_install(settings), command],
    }


def _base(settings: WorkflowSettings) -> dict[str, Any]:
    # A variable that is defined by itself is empty in GitLab; those of the project are there anyway.
    renamed = {key: f"${name}" for key, name in settings.secrets.items() if key != name}
    return {
        "image": {"name": f"pulumi/pulumi-python:{pulumi_version()}", "entrypoint": [""]},
        "timeout": f"{TIMEOUT_MINUTES} minutes",
        "variables": {**settings.variables, **renamed},
    }


def _install(settings: WorkflowSettings) -> list[str]:
    enter = [] if settings.folder == "." else [f'cd "{settings.folder}"']
    return [*enter, *settings.commands]


def _in_review(settings: WorkflowSettings) -> str:
    # A fork's pipeline runs in the fork, without the variables of this project.
    return (
        '$CI_PIPELINE_SOURCE == "merge_request_event" && '
        "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID && "
        f'$CI_MERGE_REQUEST_TARGET_BRANCH_NAME == "{settings.branch}"'
    )


def _review(settings: WorkflowSettings) -> str:
    return "review.md" if settings.folder == "." else f"{settings.folder}/review.md"
