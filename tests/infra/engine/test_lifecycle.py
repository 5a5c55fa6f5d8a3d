"""The whole set-up through the real engine, by the commands a user types."""

import copy

from tests.infra.engine.deployment import ANALYTICS, ANALYTICS_PRODUCTION, MARKETING

BOTH = {"analytics": ANALYTICS, "marketing": MARKETING}


def with_change(**changes):
    return {"analytics": {**copy.deepcopy(ANALYTICS), **changes}}


def test_up_makes_the_jobs_and_the_token_and_a_second_preview_shows_no_change(real_stack):
    stack = real_stack
    stack.configure(projects=BOTH)

    stack.up()

    jobs = stack.jobs()
    assert {name: job["job_type"] for name, job in jobs.items()} == {
        "10 Production": "scheduled",
        "10 Pull requests": "ci",
        "10 Merge": "merge",
        "20 Production": "scheduled",
        "20 Pull requests": "ci",
        "20 Datafold artifacts": "scheduled",
    }
    assert jobs["10 Production"]["schedule"]["cron"] == "0 2 * * *"
    assert jobs["10 Pull requests"]["deferring_environment_id"] == ANALYTICS_PRODUCTION
    assert jobs["20 Datafold artifacts"]["execute_steps"] == ["dbt compile"]
    assert jobs["20 Datafold artifacts"]["schedule"]["cron"] == "0 * * * *"
    [token] = stack.tokens()
    assert token["name"] == "Datafold"
    stack.assert_settled()


def test_the_outputs_say_which_job_to_choose_in_datafold(bring_up):
    stack = bring_up(projects=BOTH)

    outputs, jobs = stack.outputs(), stack.jobs()
    chosen = {
        project: next(
            job
            for job in by_role.values()
            if job["datafold_field"] == "Job that creates dbt artifacts"
        )
        for project, by_role in outputs["jobs"].items()
    }
    merge, artifacts = jobs["10 Merge"]["id"], jobs["20 Datafold artifacts"]["id"]
    assert chosen["analytics"]["job_id"] == merge
    assert chosen["marketing"]["job_id"] == artifacts
    assert chosen["analytics"]["url"] == (f"{stack.cloud.origin}/deploy/1/projects/10/jobs/{merge}")


def test_an_edit_is_updated_in_place(bring_up):
    stack = bring_up(projects=with_change())
    before = {name: job["id"] for name, job in stack.jobs().items()}

    stack.configure(
        projects=with_change(
            production_job={
                "schedule": {"cron": "15 4 * * 1-5"},
                "num_threads": 8,
                "description": "Nightly build",
            }
        )
    )
    preview = stack.preview("--diff")
    stack.up()

    assert "1 to update" in preview.one_line
    job = stack.jobs()["10 Production"]
    assert job["schedule"]["cron"] == "15 4 * * 1-5"
    assert job["settings"]["threads"] == 8
    assert job["description"] == "Nightly build"
    assert {name: job["id"] for name, job in stack.jobs().items()} == before
    stack.assert_settled()


def test_every_way_to_schedule_settles_and_so_does_a_change_from_one_to_another(stack):
    ways = [
        {"hours": [0, 12]},
        {"interval": 6},
        {"hours": [2], "days": [1, 5]},
        {"interval": 4, "days": [0, 6]},
        {"cron": "*/30 6-18 * * 1-5"},
        None,
    ]

    for schedules in (ways, [*ways[1:], ways[0]]):
        blocks = {
            f"analytics-{number}": {
                **ANALYTICS,
                "production_job": {
                    "name": f"Production {number}",
                    **({"schedule": schedule} if schedule else {"scheduled": False}),
                },
                "pull_request_job": {"name": f"Pull requests {number}"},
                "merge_job": {"name": f"Merge {number}"},
            }
            for number, schedule in enumerate(schedules)
        }
        stack.configure(projects=blocks)
        stack.up()
        stack.assert_settled()


def test_refresh_takes_over_a_change_made_behind_pulumis_back_and_up_undoes_it(bring_up):
    stack = bring_up(projects=with_change())
    job = stack.jobs()["10 Production"]
    response = stack.cloud_post(f"/v2/accounts/1/jobs/{job['id']}/", {**job, "name": "Renamed"})
    assert response.is_success

    drift = stack.pulumi("refresh", "--yes", "--diff")
    undone = stack.up()

    assert "Renamed" in drift.text
    assert "1 updated" in undone.one_line
    assert "10 Production" in stack.jobs()


def test_a_job_deleted_behind_pulumis_back_comes_again_after_a_refresh(bring_up):
    stack = bring_up(projects=with_change())
    job = stack.jobs()["10 Production"]
    stack.cloud_post(f"/v2/accounts/1/jobs/{job['id']}/", {**job, "state": 2})

    stack.pulumi("refresh", "--yes")
    stack.up()

    assert stack.jobs()["10 Production"]["id"] != job["id"]


def test_a_bad_configuration_is_one_report_and_leaves_the_server_untouched(real_stack):
    stack = real_stack
    stack.configure(
        projects={
            "analytics": {
                **ANALYTICS,
                "project_id": "ten",
                "production_job": {"execute_steps": ["dbt biuld"]},
                "artifact_job": {},
            }
        },
        service_tokn={"name": "x"},
    )

    refused = stack.up(fails=True)

    assert "Pulumi.dev.yaml: 4 problems" in refused.text
    assert "did you mean 'dbt build'?" in refused.text
    assert "did you mean 'artifacts_job'?" in refused.text
    assert "did you mean 'service_token'?" in refused.text
    assert "Traceback" not in refused.text
    assert refused.text.count("did you mean 'dbt build'?") <= 2
    assert stack.jobs() == {}
    assert stack.tokens() == []
