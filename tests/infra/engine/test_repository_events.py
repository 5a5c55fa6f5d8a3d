"""Jobs that wait for an event of which dbt Cloud never hears."""

from tests.infra.engine.deployment import ANALYTICS


def test_a_job_that_never_starts_is_a_warning_of_the_preview(stack):
    [repository] = [
        one for one in stack.cloud.control.resources()["repository"] if one["project_id"] == 10
    ]
    with stack.cloud.store.writing() as session:
        session.put("repository", {**repository, "git_clone_strategy": "deploy_key"})
    stack.configure(projects={"analytics": ANALYTICS})

    previewed = stack.preview()

    assert "'Merge' waits for a merge, and the repository of project 10" in previewed.one_line
    assert "write `trigger: pipeline` in merge_job" in previewed.one_line
    assert "'Pull requests' waits for a pull request" in previewed.one_line

    by_pipeline = {**ANALYTICS, "merge_job": {"trigger": "pipeline"}}
    stack.configure(projects={"analytics": by_pipeline})
    assert "'Merge' waits for" not in stack.preview().one_line


def test_an_integration_with_webhooks_is_no_warning(stack):
    stack.configure(projects={"analytics": ANALYTICS})

    assert "waits for" not in stack.preview().one_line
