"""A change from the merge job to the artifacts job, or back, and what is protected meanwhile."""

import json

import pytest

from tests.components.cli import command
from tests.infra.engine.deployment import ANALYTICS, MARKETING

MERGE = {**ANALYTICS, "merge_job": {"name": "Ship", "num_threads": 8, "timeout_seconds": 600}}
HOURLY = {
    **{key: value for key, value in ANALYTICS.items() if key != "merge_job"},
    "artifacts_job": {"name": "Fresh", "command": "ls", "schedule": {"cron": "7 * * * *"}},
}
OFF = {"github_webhook": False, "git_provider_webhook": False, "schedule": False, "on_merge": False}


def without_what_a_write_sets(job):
    """The job, without its triggers and what dbt Cloud derives from them."""
    derived = ("triggers", "job_type", "updated_at", "force_node_selection", "deactivated")
    return {key: value for key, value in job.items() if key not in derived}


@pytest.mark.parametrize(("before", "after"), [(MERGE, HOURLY), (HOURLY, MERGE)])
def test_the_old_job_stays_without_triggers_until_datafold_reads_the_new_one(
    bring_up, before, after
):
    old_name, new_name = ("Ship", "Fresh") if before is MERGE else ("Fresh", "Ship")
    stack = bring_up(projects={"analytics": before}, protect=True)
    old = stack.jobs()[f"10 {old_name}"]

    stack.configure(projects={"analytics": after}, protect=True)
    at_once = stack.preview(fails=True)
    # The block may be renamed at the same time.
    kept = {**after, "keep_previous": True, "previous_names": ["analytics"]}
    stack.configure(projects={"shop": kept}, protect=True)
    preview = stack.preview()
    up = stack.up()
    stack.assert_settled()
    meanwhile = stack.jobs()
    new = meanwhile[f"10 {new_name}"]["id"]
    sheet = command.run(stack, "sheet")
    checked = command.run(stack, "check", "--json", code=1)
    done = {**after, "previous_names": ["analytics"]}
    stack.configure(projects={"shop": done}, protect=True)
    at_its_end = stack.preview()
    stack.up()

    assert f"job {old['id']} '{old_name}' is deleted by this update" in at_once.one_line
    assert "set keep_previous: true in the project's block" in at_once.one_line
    assert "dbtcloud-datafold:protect: false for the stack" in at_once.one_line
    for ran, named in ((preview, f"the new job '{new_name}'"), (up, f"job {new} '{new_name}'")):
        assert f"job {old['id']} '{old_name}' is kept without triggers" in ran.one_line
        assert f"After the first success of {named}" in ran.one_line
        assert "of the integration 'shop'. Then remove keep_previous" in ran.one_line
    assert meanwhile[f"10 {old_name}"]["triggers"] == OFF
    assert without_what_a_write_sets(meanwhile[f"10 {old_name}"]) == without_what_a_write_sets(old)
    assert f"{new_name} (number {new}," in sheet.stdout
    found = {
        finding["check"]: finding["number"] for finding in json.loads(checked.stdout)["findings"]
    }
    assert found["no-artifacts"] == new
    assert f"choose job {new} '{new_name}' there first" in at_its_end.one_line
    assert stack.jobs().keys() == meanwhile.keys() - {f"10 {old_name}"}


def test_where_there_is_nothing_to_keep_it_is_said(stack):
    stack.configure(projects={"analytics": {**MERGE, "keep_previous": True}})

    up = stack.up()

    assert "the stack has no job that created dbt artifacts before: remove it" in up.one_line
    assert len(stack.jobs()) == 3


def test_one_project_may_be_protected_or_not(bring_up):
    both = {"analytics": {**ANALYTICS, "protect": True}, "marketing": MARKETING}
    stack = bring_up(projects=both)

    stack.configure(projects={"marketing": MARKETING}, protect=False)
    refused = stack.preview(fails=True)
    stack.configure(projects={**both, "marketing": {**MARKETING, "protect": False}}, protect=True)
    stack.up()
    stack.configure(projects={"analytics": {**ANALYTICS, "protect": False}}, protect=True)
    stack.up()
    stack.configure(projects={"marketing": MARKETING}, protect=True)
    stack.up()

    assert "pause or remove Datafold's integration 'analytics' (dbt Cloud project 10)" in (
        refused.one_line
    )
    assert (
        "put back what you removed, set protect: false in the project's block or dbtcloud-datafold:protect: false for "
        "the stack, run `pulumi up`, then remove it again"
    ) in refused.one_line
    assert {key.split()[0] for key in stack.jobs()} == {"20"}
