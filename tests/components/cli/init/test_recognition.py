"""A job's purpose follows from what it does and from what starts it."""

import pytest
from pulumi_dbtcloud_datafold.cli.init.recognition import Rank, recognise

from tests.components.cli.init.documents import (
    body,
    ci,
    completed,
    cron,
    document,
    hourly,
    hours,
    interval,
    merge,
    nightly,
    steps,
)

ARTIFACTS = "artifacts_job"
PRODUCTION = "production_job"
SELDOM = "; that is seldom for keeping artifacts fresh"

TABLE = [
    (ci("a"), "pull_request_job", "pull requests start it (github_webhook, git_provider_webhook)"),
    (
        ci("a", {"triggers": {"github_webhook": True}}),
        "pull_request_job",
        "pull requests start it (github_webhook)",
    ),
    (
        ci("a", {"triggers": {"git_provider_webhook": True, "schedule": False}}),
        "pull_request_job",
        "pull requests start it (git_provider_webhook)",
    ),
    (body("a", {"triggers": {}, "job_type": "ci"}), "pull_request_job", "its type is CI job"),
    (
        ci("a", steps("dbt compile")),
        "pull_request_job",
        "pull requests start it (github_webhook, git_provider_webhook)",
    ),
    (merge("Nightly"), "merge_job", "a merge starts it, and it builds: dbt build"),
    (
        merge("a", steps("dbt deps", "dbt run -m x")),
        "merge_job",
        "a merge starts it, and it builds: dbt run -m x",
    ),
    (
        merge("a", steps("dbt parse")),
        ARTIFACTS,
        "a merge starts it, and it makes a manifest: dbt parse",
    ),
    (
        merge("a", steps("dbt list")),
        ARTIFACTS,
        "a merge starts it, and it makes a manifest: dbt list",
    ),
    (
        nightly("CI"),
        PRODUCTION,
        "its schedule starts it (at 02:00 every day, UTC), and it builds everything: dbt build",
    ),
    (
        nightly("a", steps("dbt --warn-error build")),
        PRODUCTION,
        "its schedule starts it (at 02:00 every day, UTC), and it builds everything: dbt --warn-error build",
    ),
    (
        nightly("a", steps("dbt compile", "dbt run --exclude tag:slow")),
        PRODUCTION,
        "its schedule starts it (at 02:00 every day, UTC), and it builds everything: dbt run --exclude tag:slow",
    ),
    (
        nightly("a", steps("dbt run --select=tag:hourly")),
        PRODUCTION,
        "its schedule starts it (at 02:00 every day, UTC), and it builds a part: dbt run --select=tag:hourly",
    ),
    (
        nightly("a", cron("0 0 31 2 *")),
        PRODUCTION,
        "its schedule starts it (0 0 31 2 *), and it builds everything: dbt build",
    ),
    (
        nightly("a", {"schedule": {}}),
        PRODUCTION,
        "its schedule starts it (no times are known), and it builds everything: dbt build",
    ),
    (
        body("a", completed(7, 10)),
        PRODUCTION,
        "the end of job 7 starts it, and it builds everything: dbt build",
    ),
    (body("a"), PRODUCTION, "a person or the API starts it, and it builds everything: dbt build"),
    (
        hourly("a"),
        ARTIFACTS,
        "its schedule starts it (at the start of every hour, UTC), and it makes a manifest: dbt compile",
    ),
    (
        hourly("a", cron("*/10 * * * *"), steps("dbt ls")),
        ARTIFACTS,
        "its schedule starts it (every 10th minute of every hour, UTC), and it makes a manifest: dbt ls",
    ),
    (
        hourly("a", cron("0 6-20 * * 1-5")),
        ARTIFACTS,
        "its schedule starts it (at minute 0 past every hour from 6 through 20 on Monday through Friday, UTC), and it "
        "makes a manifest: dbt compile",
    ),
    (
        hourly("a", hours(2)),
        ARTIFACTS,
        f"its schedule starts it (at 02:00 every day, UTC), and it makes a manifest: dbt compile{SELDOM}",
    ),
    (
        body("a", steps("dbt parse")),
        ARTIFACTS,
        "no schedule and no merge starts it, and it makes a manifest: dbt parse",
    ),
    (nightly("a", steps("dbt test")), None, "it neither builds models nor makes only a manifest"),
    (
        nightly("a", steps("dbt source freshness")),
        None,
        "it neither builds models nor makes only a manifest",
    ),
    (
        nightly("a", steps("dbt docs generate")),
        None,
        "it neither builds models nor makes only a manifest",
    ),
    (
        nightly("a", steps("dbt run-operation build")),
        None,
        "it neither builds models nor makes only a manifest",
    ),
    (nightly("a", steps("build")), None, "it neither builds models nor makes only a manifest"),
    (nightly("a", steps("dbt run --vars '{")), PRODUCTION, None),
    (
        nightly("a", {"execute_steps": None}),
        None,
        "it neither builds models nor makes only a manifest",
    ),
]


@pytest.mark.parametrize(("sent", "role", "reason"), TABLE)
def test_a_job_is_recognised_with_its_reason(sent, role, reason):
    [found] = recognise([document(1, sent)])

    assert found.role == role
    assert reason is None or found.reason == reason


@pytest.mark.parametrize(
    ("sent", "rank"),
    [
        (nightly("a"), Rank.BEST),
        (nightly("a", steps("dbt build -s tag:x")), Rank.SECOND),
        (nightly("a", steps("dbt build -s tag:x", "dbt build")), Rank.BEST),
        (body("a", completed(7, 10)), Rank.THIRD),
        (body("a"), Rank.FOURTH),
        (hourly("a"), Rank.BEST),
        (hourly("a", interval(4)), Rank.BEST),
        (hourly("a", interval(6)), Rank.NEVER_UNASKED),
        (hourly("a", cron("nonsense")), Rank.NEVER_UNASKED),
        (hourly("a", cron("0 0 31 2 *")), Rank.NEVER_UNASKED),
        (body("a", steps("dbt ls")), Rank.NEVER_UNASKED),
    ],
)
def test_what_fits_better_is_ranked_first(sent, rank):
    [found] = recognise([document(1, sent)])

    assert found.rank == rank


def test_a_job_that_is_older_than_merge_jobs_has_no_such_trigger():
    job = document(1, nightly("a"))
    job["triggers"] = {"github_webhook": None, "git_provider_webhook": None, "schedule": True}

    [found] = recognise([job])

    assert found.role == "production_job"
