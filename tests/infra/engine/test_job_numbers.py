"""Job numbers are safe: what would change one fails in preview, and renaming changes none."""

import copy

import pytest

from tests.infra.engine import deployment, programs
from tests.infra.engine.deployment import (
    ANALYTICS,
    ANALYTICS_PRODUCTION,
    ANALYTICS_PROJECT,
    MARKETING_CI,
    MARKETING_PRODUCTION,
    MARKETING_PROJECT,
)

RAW_JOB = """
import pulumi_dbtcloud as dbtcloud

ci = {ci}
dbtcloud.Job(
    "ci",
    dbtcloud.JobArgs(
        project_id=10,
        environment_id=102,
        name="Pull requests",
        execute_steps=["dbt build"],
        triggers=dbtcloud.JobTriggersArgs(
            github_webhook=ci, git_provider_webhook=ci, schedule=not ci, on_merge=False
        ),
    ),
)
"""


@pytest.fixture
def program(tmp_path, pulumi_home, cloud):
    """A project whose program can be exchanged."""

    def write(text):
        folder = tmp_path / "program"
        if folder.exists():
            (folder / "__main__.py").write_text(text)
            return write.made
        source = programs.write(tmp_path / "source", text)
        write.made = deployment.make(folder, pulumi_home, cloud, source)
        return write.made

    return write


def moved(project, **changes):
    return {**copy.deepcopy(project), **changes}


def test_the_provider_replaces_a_ci_job_that_is_turned_into_a_scheduled_one(program):
    program(RAW_JOB.format(ci=True)).up()

    preview = program(RAW_JOB.format(ci=False)).preview("--diff")

    assert "+-dbtcloud:index/job:Job: (replace)" in preview.one_line
    assert "+-1 to replace" in preview.one_line


TO_MARKETING = {
    "project_id": MARKETING_PROJECT,
    "environments": {
        "production": {"id": MARKETING_PRODUCTION},
        "pull_request": {"id": MARKETING_CI},
    },
}


def test_a_change_that_would_replace_a_job_datafold_knows_fails_in_preview_and_in_up(bring_up):
    stack = bring_up(projects={"analytics": ANALYTICS})
    before = {name: job["id"] for name, job in stack.jobs().items()}
    stack.configure(projects={"analytics": moved(ANALYTICS, **TO_MARKETING)})

    for refused in (stack.preview(fails=True), stack.up(fails=True)):
        assert refused.replacements
        for name, number in refused.replacements.items():
            assert name in ("Merge", "Pull requests")
            assert before[f"10 {name}"] == number
            assert f"set allow_replacement_of: {number}" in refused.one_line
        assert "project_id changes from 10 to 20" in refused.one_line
    assert {name: job["id"] for name, job in stack.jobs().items()}.items() >= before.items()


def test_each_job_that_datafold_knows_is_guarded(bring_up):
    stack = bring_up(projects={"analytics": ANALYTICS})
    before = {job["name"]: job["id"] for job in stack.job_list()}
    blocks = {"merge_job": "Merge", "pull_request_job": "Pull requests"}

    for block, name in blocks.items():
        others = {other: before[blocks[other]] for other in blocks if other != block}
        allowed = {other: {"allow_replacement_of": number} for other, number in others.items()}
        stack.configure(projects={"analytics": moved(ANALYTICS, **TO_MARKETING, **allowed)})

        assert stack.preview(fails=True).replacements == {name: before[name]}


def test_the_replacement_is_allowed_once_by_naming_the_number(bring_up):
    stack = bring_up(projects={"analytics": ANALYTICS})
    before = {name: job["id"] for name, job in stack.jobs().items()}
    allowed = {
        "merge_job": {"allow_replacement_of": before["10 Merge"]},
        "pull_request_job": {"allow_replacement_of": before["10 Pull requests"]},
    }

    stack.configure(projects={"analytics": moved(ANALYTICS, **TO_MARKETING, **allowed)})
    stack.up()
    stack.assert_settled()
    stack.configure(projects={"analytics": moved(ANALYTICS, **allowed)})
    refused = stack.preview(fails=True)

    assert stack.jobs().keys() == {"20 Production", "20 Pull requests", "20 Merge"}
    assert "would replace job" in refused.one_line


def test_a_number_that_an_account_has_given_anew_after_its_data_were_lost_is_not_that_job(bring_up):
    stack = bring_up(projects={"analytics": ANALYTICS})
    lost = stack.jobs()["10 Merge"]["id"]
    stack.cloud.control.reset()
    # Made, as jobs of the same update are, after it began.
    stack.cloud.control.set_clock("2100-01-01T00:00:00+00:00", frozen=False)
    body = {
        "project_id": MARKETING_PROJECT,
        "environment_id": MARKETING_PRODUCTION,
        "execute_steps": ["dbt build"],
    }
    while stack.cloud_get(f"/v2/accounts/1/jobs/{lost}/").status_code == 404:
        name = f"Other {len(stack.job_list())}"
        stack.cloud_post("/v2/accounts/1/jobs/", {**body, "name": name}).raise_for_status()

    stack.up("--refresh")

    assert "10 Merge" in stack.jobs()
    assert stack.jobs()["10 Merge"]["id"] != lost
    stack.assert_settled()


COMPONENT = """
import pulumi
from pulumi_dbtcloud_datafold import DatafoldIntegration, DatafoldIntegrationArgs

ARGS = DatafoldIntegrationArgs(
    project_id=10, production_environment_id=101, pull_request_environment_id=102, merge_job={{}}
)


class Team(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("acme:index:Team", name)
        DatafoldIntegration("{name}", ARGS, pulumi.ResourceOptions(parent=self, aliases=[{aliases}]))


{declare}
"""


def test_a_renamed_component_keeps_its_numbers_with_an_alias(program):
    declare = 'DatafoldIntegration("{}", ARGS, pulumi.ResourceOptions(aliases=[{}]))'
    old = program(COMPONENT.format(name="", aliases="", declare=declare.format("old", "")))
    old.up()
    before = {name: job["id"] for name, job in old.jobs().items()}

    renamed = program(
        COMPONENT.format(
            name="", aliases="", declare=declare.format("new", 'pulumi.Alias(name="old")')
        )
    )
    renamed.up()

    assert {name: job["id"] for name, job in renamed.jobs().items()} == before
    renamed.assert_settled()


def test_a_reparented_component_keeps_its_numbers_with_an_alias(program):
    flat = program(
        COMPONENT.format(name="", aliases="", declare='DatafoldIntegration("analytics", ARGS)')
    )
    flat.up()
    before = {name: job["id"] for name, job in flat.jobs().items()}

    reparented = program(
        COMPONENT.format(
            name="analytics",
            aliases="pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)",
            declare='Team("data")',
        )
    )
    reparented.up()

    assert {name: job["id"] for name, job in reparented.jobs().items()} == before
    reparented.assert_settled()


def test_a_renamed_component_without_an_alias_is_refused_with_the_alias_to_add(program):
    declare = 'DatafoldIntegration("{}", ARGS)'
    program(COMPONENT.format(name="", aliases="", declare=declare.format("old"))).up()

    refused = program(COMPONENT.format(name="", aliases="", declare=declare.format("new"))).preview(
        fails=True
    )

    assert "belongs to this stack" in refused.one_line
    assert "another Pulumi name (old-" in refused.one_line
    assert "previous_names" not in refused.one_line
    assert "aliases=[Alias(name='old')]" in refused.one_line


def test_moving_a_projects_block_or_renaming_it_with_its_previous_name_changes_no_number(stack):
    other = moved(ANALYTICS, **TO_MARKETING)
    stack.configure(projects={"analytics": ANALYTICS, "marketing": other})
    stack.up()
    before = {name: job["id"] for name, job in stack.jobs().items()}

    stack.configure(
        projects={"marketing": other, "core": {**ANALYTICS, "previous_names": ["analytics"]}}
    )
    stack.up()

    assert {name: job["id"] for name, job in stack.jobs().items()} == before
    stack.assert_settled()


def test_a_renamed_block_does_not_slip_a_replacement_past_the_guard(bring_up):
    stack = bring_up(projects={"analytics": ANALYTICS})
    before = {job["name"]: job["id"] for job in stack.job_list()}

    renamed = moved(ANALYTICS, **TO_MARKETING, previous_names=["analytics"])
    stack.configure(projects={"core": renamed})
    refused = stack.preview(fails=True)

    assert refused.replacements
    assert refused.replacements.items() <= before.items()
    assert "project_id changes from 10 to 20" in refused.one_line


def test_a_rename_that_an_update_left_half_made_is_reported_and_can_be_repaired(bring_up):
    stack = bring_up(projects={"analytics": ANALYTICS})
    before = {name: job["id"] for name, job in stack.jobs().items()}
    stack.configure(projects={"core": ANALYTICS})
    # Without a preview the new components are in the state before a job is refused.
    stack.up(fails=True)
    renamed = {"core": {**ANALYTICS, "previous_names": ["analytics"]}}
    stack.configure(projects=renamed)

    for refused in (stack.preview(fails=True), stack.up(fails=True)):
        assert "put the old name back, bring that up, then rename once more" in refused.one_line
        assert "would replace" not in refused.one_line
    stack.configure(projects={"analytics": ANALYTICS})
    stack.up()
    stack.configure(projects=renamed)
    stack.up()

    assert {name: job["id"] for name, job in stack.jobs().items()} == before
    assert len(stack.job_list()) == len(before)
    stack.assert_settled()


EXPLICIT_PROVIDER = """
import os
import pulumi
import pulumi_dbtcloud as dbtcloud
from pulumi_dbtcloud_datafold import ArtifactsJob, ArtifactsJobArgs

provider = dbtcloud.Provider(
    "account", account_id=1, host_url=os.environ["CLOUD"], token="local-dbt-cloud"
)
ArtifactsJob(
    "artifacts",
    ArtifactsJobArgs(project_id={project_id}, environment_id={environment_id}),
    pulumi.ResourceOptions(provider=provider),
)
"""


def test_a_program_with_a_provider_of_its_own_is_guarded_too_and_warned_of_what_is_not_seen(
    program,
):
    first = program(
        EXPLICIT_PROVIDER.format(project_id=ANALYTICS_PROJECT, environment_id=ANALYTICS_PRODUCTION)
    )
    first.extra_env = {"CLOUD": first.cloud.url, "DBT_CLOUD_TOKEN": "", "DBT_CLOUD_ACCOUNT_ID": ""}
    made = first.up()
    [number] = [job["id"] for job in first.job_list()]

    refused = program(
        EXPLICIT_PROVIDER.format(project_id=MARKETING_PROJECT, environment_id=MARKETING_PRODUCTION)
    ).preview(fails=True)

    assert "cannot look whether jobs exist already" in made.one_line
    assert "dbtcloud:token: no token" in made.one_line
    assert f"would replace job {number} 'Datafold artifacts'" in refused.one_line


TWO_COMPONENTS_OF_ONE_NAME = """
from pulumi_dbtcloud_datafold import MergeJob, ProductionJob

PLACE = {"project_id": 10, "environment_id": 101}
ProductionJob("analytics", PLACE)
MergeJob("analytics", PLACE)
"""


def test_two_kinds_of_job_may_have_one_pulumi_name(program):
    project = program(TWO_COMPONENTS_OF_ONE_NAME)

    project.up()

    assert project.jobs().keys() == {"10 Production", "10 Merge"}
    project.assert_settled()
