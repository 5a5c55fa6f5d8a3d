import pytest

from tests.localcloud.contract.client import (
    CI,
    DEVELOPMENT,
    JOB,
    OTHER_PRODUCTION,
    OTHER_PROJECT,
    PRODUCTION,
    PROJECT,
    triggers,
)

COMPLETION = "job_completion_trigger_condition"


def completion_of(job_id, *statuses):
    return {"condition": {"job_id": job_id, "project_id": PROJECT, "statuses": [*statuses]}}


def test_a_job_shows_every_field_it_was_given(owner):
    sent = {
        **JOB,
        "name": "Nightly",
        "description": "d",
        "dbt_version": "latest",
        "execute_steps": ["dbt seed", "dbt build"],
        "settings": {"threads": 8, "target_name": "prod"},
        "execution": {"timeout_seconds": 3600},
        "generate_docs": True,
        "run_generate_sources": True,
        "triggers_on_draft_pr": True,
        "run_lint": True,
        "errors_on_lint_failure": False,
        "compare_changes_flags": "--select x",
        "deferring_environment_id": PRODUCTION,
    }

    made = owner.post(f"{owner.v2}/jobs/", sent)
    read = owner.get(f"{owner.v2}/jobs/{made['id']}/")

    computed = {"id", "schedule", "cost_optimization_features"}
    assert {key: read[key] for key in sent if key not in computed} == {
        key: value for key, value in sent.items() if key not in computed
    }
    assert read == made
    assert isinstance(made["id"], int)


def test_a_job_with_the_fewest_fields_gets_the_defaults(owner):
    place = {"project_id": PROJECT, "environment_id": PRODUCTION}
    made = owner.post(f"{owner.v2}/jobs/", {**place, "name": "ad hoc", "job_type": "other"})

    expected = {
        "description": "",
        "settings": {"threads": 1, "target_name": "default"},
        "execution": {"timeout_seconds": 0},
        "triggers": triggers(),
        "execute_steps": [],
        "job_type": "other",
        "dbt_version": None,
        "compare_changes_flags": "--select state:modified",
        "errors_on_lint_failure": True,
        "force_node_selection": True,
        "cost_optimization_features": [],
        "job_completion_trigger_condition": None,
        "deferring_environment_id": None,
        "state": 1,
        "schedule": {
            "cron": "0 * * * *",
            "date": {"type": "every_day"},
            "time": {"type": "every_hour", "interval": 1},
        },
    }
    assert {key: made[key] for key in expected} == expected


def test_listed_jobs_have_their_environment_and_single_ones_when_asked(owner):
    job = owner.job()

    (listed,) = owner.get(f"{owner.v2}/jobs?environment_id={PRODUCTION}")
    asked = owner.get(f"{owner.v2}/jobs/{job['id']}/?include_related=[environment]")

    assert job["environment"] is None
    for found in (listed, asked):
        environment = found["environment"]
        assert (environment["id"], environment["project_id"]) == (PRODUCTION, PROJECT)
        assert environment["deployment_type"] == "production"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (f"project_id={PROJECT}", ["a", "b"]),
        (f"project_id__in=[{PROJECT},{OTHER_PROJECT}]", ["a", "b", "c"]),
        (f"environment_id={CI}", ["b"]),
        ("name__icontains=A", ["a"]),
        ("name__icontains=%25", []),
        pytest.param(f"name__icontains={'a' * 60_000}", [], id="icontains, long"),
        ("name=' OR 1=1 --", []),
        ("project_id=10 OR 1=1", []),
        ("id__gt=0 OR 1=1", []),
        (f"id__gt={'9' * 30}", []),
        # No number that is asked for is part of this one.
        (f"project_id__in=[{'9' * 18}10]", []),
        ("triggers_schedule=true", ["a", "c"]),
        ("triggers_schedule=false", ["b"]),
        ("is_system=true", []),
        ("job_type=other", ["b"]),
    ],
)
def test_jobs_are_listed_by_filters(owner, query, names):
    owner.job(name="a")
    owner.job(name="b", environment_id=CI, triggers=triggers())
    owner.job(name="c", project_id=OTHER_PROJECT, environment_id=OTHER_PRODUCTION)

    found = owner.get(f"{owner.v2}/jobs/?{query}")

    assert [job["name"] for job in found] == names


@pytest.mark.parametrize(
    ("sent", "on", "expected"),
    [
        (None, {"schedule": True}, "scheduled"),
        (None, {}, "other"),
        (None, {"github_webhook": True}, "ci"),
        (None, {"git_provider_webhook": True}, "ci"),
        ("ci", {"github_webhook": True, "git_provider_webhook": True}, "ci"),
        ("ci", {}, "ci"),
        ("merge", {"on_merge": True}, "merge"),
        (None, {"on_merge": True}, "merge"),
        ("adaptive", {"schedule": True}, "adaptive"),
        ("scheduled", {}, "other"),
        ("other", {"schedule": True}, "scheduled"),
        ("merge", {"schedule": True}, "scheduled"),
        ("ci", {"schedule": True}, "scheduled"),
    ],
)
def test_the_type_of_a_job_follows_from_its_triggers(owner, sent, on, expected):
    body = {**JOB, "triggers": triggers(**on)}

    made = owner.post(f"{owner.v2}/jobs/", body if sent is None else {**body, "job_type": sent})

    assert made["job_type"] == expected


def test_on_merge_excludes_every_other_trigger(owner):
    for other in ("schedule", "github_webhook", "git_provider_webhook"):
        body = {**JOB, "triggers": triggers(on_merge=True, **{other: True})}

        problems = owner.post(f"{owner.v2}/jobs/", body, status=400)

        assert problems == {"triggers": "on_merge excludes every other trigger"}


def test_scheduled_other_and_merge_turn_into_each_other_in_place(owner):
    job = owner.job()
    path = f"{owner.v2}/jobs/{job['id']}/"

    types = [
        # The provider sends the old type with the new triggers.
        owner.post(path, {**JOB, "job_type": last, "triggers": triggers(**on)})["job_type"]
        for last, on in (
            ("scheduled", {}),
            ("other", {"on_merge": True}),
            ("merge", {"schedule": True}),
        )
    ]

    assert types == ["other", "merge", "scheduled"]


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("github_webhook", "schedule", "may only be ci; make a new job instead"),
        ("schedule", "github_webhook", "may not become ci; make a new job instead"),
    ],
)
def test_a_job_stays_a_ci_job_or_never_becomes_one(owner, before, after, problem):
    job = owner.job(triggers=triggers(**{before: True}))
    path = f"{owner.v2}/jobs/{job['id']}/"

    problems = owner.post(path, {**JOB, "triggers": triggers(**{after: True})}, status=400)

    assert problems == {"job_type": f"the type of this job {problem}"}
    assert owner.get(path) == job
    # A CI job whose triggers are turned off stays one.
    off = owner.post(path, {**JOB, "triggers": triggers()})
    assert (off["job_type"] == "ci") is (before == "github_webhook")


def test_an_update_keeps_what_it_leaves_out(owner):
    job = owner.job(description="kept", settings={"threads": 4, "target_name": "prod"})

    updated = owner.post(
        f"{owner.v2}/jobs/{job['id']}/", {"name": "New name", "settings": {"threads": 8}}
    )

    changed = {"name": "New name", "settings": {"threads": 8, "target_name": "prod"}}
    assert updated == {**job, **changed, "updated_at": updated["updated_at"]}


def test_an_update_may_move_a_job_inside_its_project_only(owner):
    job = owner.job()
    path = f"{owner.v2}/jobs/{job['id']}/"

    moved = owner.post(path, {**JOB, "environment_id": CI})
    developing = owner.post(path, {**moved, "environment_id": DEVELOPMENT})
    elsewhere = {"project_id": OTHER_PROJECT, "environment_id": OTHER_PRODUCTION}
    problems = owner.post(path, {**JOB, **elsewhere}, status=400)

    # All else is sent back as it was answered.
    changed = {"environment_id": DEVELOPMENT, "updated_at": developing["updated_at"]}
    assert moved["environment_id"] == CI
    assert developing == {**moved, **changed}
    assert problems == {"project_id": "a job stays in its project; make a new job"}


def test_a_completion_trigger_is_set_and_cleared_by_posting_the_whole_job(owner):
    parent, child = owner.job(name="parent"), owner.job(name="child")
    path = f"{owner.v2}/jobs/{child['id']}/"
    condition = completion_of(parent["id"], 10, 20)
    chained = owner.post(path, {**child, COMPLETION: condition})
    freed = owner.post(path, {**chained, COMPLETION: None})

    assert (chained[COMPLETION], freed[COMPLETION]) == (condition, None)


@pytest.mark.parametrize("account_id", [2, "1", True, 1.0])
def test_a_body_for_another_account_deletes_nothing(owner, account_id):
    path = f"{owner.v2}/jobs/{owner.job()['id']}/"

    problems = owner.post(path, {"state": 2, "account_id": account_id}, status=400)

    assert problems == {"account_id": "not the account of the path"}
    assert owner.get(path)["state"] == 1


def test_a_job_goes_with_its_environment(owner):
    job = owner.job()
    owner.delete(f"{owner.v3}/projects/{PROJECT}/environments/{PRODUCTION}/")

    owner.post(f"{owner.v2}/jobs/{job['id']}/", {**JOB, "state": 2}, status=404)
