"""The workflows for GitHub Actions.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

from collections.abc import Mapping
from typing import Any

from pulumi_dbtcloud_datafold.cli.workflows.settings import (
    NIGHTLY,
    TIMEOUT_MINUTES,
    WorkflowSettings,
    comment_script,
    preview_script,
    pulumi_version,
)

RUNNER = "ubuntu-latest"
PYTHON = "3.13"
_REVIEW = "review.md"
_READ = {"contents": "read"}


def files(settings: WorkflowSettings) -> Mapping[str, dict[str, Any]]:
    """Return the workflows by their paths, as the data that YAML is made from."""
    return {
        f".github/workflows/dbt-cloud-{name}-{settings.slug}.yml": make(settings)
        for name, make in (("preview", _preview), ("up", _up), ("check", _check))
    }


def _preview(settings: WorkflowSettings) -> dict[str, Any]:
    script = preview_script("github") + (
        'echo "reviewed=true" >> "$GITHUB_OUTPUT"\n'
        f'cat {_REVIEW} >> "$GITHUB_STEP_SUMMARY"\n'
        'exit "$code"\n'
    )
    artifact = f"review-{settings.slug}"
    preview = {
        "name": "Preview",
        # A fork gets no secrets, and so no preview.
        "if": "github.event.pull_request.head.repo.full_name == github.repository",
        **_place(_READ),
        "outputs": {"reviewed": "${{ steps.preview.outputs.reviewed }}"},
        "steps": [
            *_prepare(settings),
            {**_run("Preview", script, settings), "id": "preview"},
            {
                "name": "Keep the review",
                "if": "always() && steps.preview.outputs.reviewed == 'true'",
                "uses": "actions/upload-artifact@v5",
                "with": {
                    "name": artifact,
                    "path": _REVIEW if settings.folder == "." else f"{settings.folder}/{_REVIEW}",
                    "retention-days": 7,
                    "overwrite": True,
                },
            },
        ],
    }
    comment = {
        "name": "Comment",
        "needs": "preview",
        "if": "always() && needs.preview.outputs.reviewed == 'true'",
        # The only job that may write, and it runs nothing of the pull request.
        **_place({"pull-requests": "write"}),
        "steps": [
            {"uses": "actions/download-artifact@v6", "with": {"name": artifact}},
            {
                "name": "Write or replace the comment",
                "shell": "python3 -I -u {0}",
                "env": {
                    "COMMENT_FILE": _REVIEW,
                    "GITHUB_TOKEN": "${{ github.token }}",
                    "PULL_REQUEST": "${{ github.event.pull_request.number }}",
                },
                "run": comment_script(),
            },
        ],
    }
    group = f"dbt-cloud-preview-{settings.slug}-${{{{ github.event.pull_request.number }}}}"
    return _workflow(
        f"dbt Cloud preview of {settings.stack}",
        {"pull_request": {"branches": [settings.branch]}},
        {"preview": preview, "comment": comment},
        {"group": group, "cancel-in-progress": True},
    )


def _up(settings: WorkflowSettings) -> dict[str, Any]:
    script = 'pulumi up --non-interactive --yes --stack "$STACK"\n'
    steps = [*_prepare(settings), _run("Bring up", script, settings)]
    return _workflow(
        f"dbt Cloud up of {settings.stack}",
        {"push": {"branches": [settings.branch]}},
        {"up": {"name": "Up", **_place(_READ), "steps": steps}},
        # One at a time, and none is cut off; of several that wait, the newest has the changes of all.
        {"group": f"dbt-cloud-up-{settings.slug}", "cancel-in-progress": False},
    )


def _check(settings: WorkflowSettings) -> dict[str, Any]:
    script = f"""\
code=0
dbtcloud-datafold check --stack "$STACK" --fail-on {settings.fail_on} > check.txt || code=$?
cat check.txt
{{ echo '```'; cat check.txt; echo '```'; }} >> "$GITHUB_STEP_SUMMARY"
exit "$code"
"""
    steps = [*_prepare(settings), _run("Check", script, settings)]
    return _workflow(
        f"dbt Cloud check of {settings.stack}",
        {"schedule": [{"cron": NIGHTLY}], "workflow_dispatch": {}},
        {"check": {"name": "Check", **_place(_READ), "steps": steps}},
        {"group": f"dbt-cloud-check-{settings.slug}", "cancel-in-progress": False},
    )


def _workflow(
    name: str, on: dict[str, Any], jobs: dict[str, Any], concurrency: dict[str, Any]
) -> dict[str, Any]:
    # The rights that a job has stand at the job.
    return {"name": name, "on": on, "permissions": {}, "concurrency": concurrency, "jobs": jobs}


def _place(permissions: dict[str, str]) -> dict[str, Any]:
    return {"runs-on": RUNNER, "timeout-minutes": TIMEOUT_MINUTES, "permissions": permissions}


def _prepare(settings: WorkflowSettings) -> list[dict[str, Any]]:
    """Return the steps before the one that counts; none of them sees a secret."""
    install = "\n".join(settings.commands) + "\n"
    return [
        {"uses": "actions/checkout@v5", "with": {"persist-credentials": False}},
        {"uses": "actions/setup-python@v6", "with": {"python-version": PYTHON}},
        # Without a command it installs Pulumi.
        {"uses": "pulumi/actions@v6", "with": {"pulumi-version": pulumi_version()}},
        {"name": "Install", **_at(settings), "shell": "bash", "run": install},
    ]


def _run(name: str, script: str, settings: WorkflowSettings) -> dict[str, Any]:
    secrets = {key: f"${{{{ secrets.{secret} }}}}" for key, secret in settings.secrets.items()}
    env = {**settings.variables, **secrets}
    return {"name": name, **_at(settings), "shell": "bash", "env": env, "run": script}


def _at(settings: WorkflowSettings) -> dict[str, str]:
    return {} if settings.folder == "." else {"working-directory": settings.folder}
