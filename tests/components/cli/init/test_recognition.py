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

PULL_REQUEST, MERGE = "pull_request_job", "merge_job"
AT_TWO = "its schedule starts it (at 02:00 every day, UTC), and it"
ALL, PART = "builds everything:", "builds a part:"
MANIFEST = "and it makes a manifest:"
NEITHER = "it neither builds models nor makes only a manifest"
OF_BOTH = "pull requests start it (github_webhook, git_provider_webhook)"
TABLE = [
    (ci("a"), PULL_REQUEST, OF_BOTH),
    (ci("a", steps("dbt compile")), PULL_REQUEST, OF_BOTH),
    *(
        (ci("a", {"triggers": {by: True}}), PULL_REQUEST, f"pull requests start it ({by})")
        for by in ("github_webhook", "git_provider_webhook")
    ),
    (body("a", {"triggers": {}, "job_type": "ci"}), PULL_REQUEST, "its type is CI job"),
    (merge("Nightly"), MERGE, "a merge starts it, and it builds: dbt build"),
    (
        merge("a", steps("dbt deps", "dbt run -m x")),
        MERGE,
        "a merge starts it, and it builds: dbt run -m x",
    ),
    *(
        (merge("a", steps(step)), ARTIFACTS, f"a merge starts it, {MANIFEST} {step}")
        for step in ("dbt parse", "dbt list")
    ),
    (nightly("CI"), PRODUCTION, f"{AT_TWO} {ALL} dbt build"),
    *(
        (nightly("a", steps("dbt compile", step)), PRODUCTION, f"{AT_TWO} {what} {step}")
        for step, what in (
            ("dbt --warn-error build", ALL),
            ("dbt run --exclude tag:slow", ALL),
            ("dbt run --select=tag:hourly", PART),
        )
    ),
    *(
        (
            nightly("a", schedule),
            PRODUCTION,
            f"its schedule starts it ({shown}), and it {ALL} dbt build",
        )
        for schedule, shown in (
            (cron("0 0 31 2 *"), "0 0 31 2 *"),
            ({"schedule": {}}, "no times are known"),
        )
    ),
    (
        body("a", completed(7, 10)),
        PRODUCTION,
        f"the end of job 7 starts it, and it {ALL} dbt build",
    ),
    (body("a"), PRODUCTION, f"a person or the API starts it, and it {ALL} dbt build"),
    *(
        (
            hourly("a", *schedule, steps(step)),
            ARTIFACTS,
            f"its schedule starts it ({shown}, UTC), {MANIFEST} {step}{more}",
        )
        for schedule, step, shown, more in (
            ([], "dbt compile", "at the start of every hour", ""),
            ([cron("*/10 * * * *")], "dbt ls", "every 10th minute of every hour", ""),
            (
                [cron("0 6-20 * * 1-5")],
                "dbt compile",
                "at minute 0 past every hour from 6 through 20 on Monday through Friday",
                "",
            ),
            ([hours(2)], "dbt compile", "at 02:00 every day", SELDOM),
        )
    ),
    (
        body("a", steps("dbt parse")),
        ARTIFACTS,
        f"no schedule and no merge starts it, {MANIFEST} dbt parse",
    ),
    *(
        (nightly("a", steps(step)), None, NEITHER)
        for step in (
            *("dbt test", "dbt source freshness", "dbt docs generate"),
            *("dbt run-operation build", "build"),
        )
    ),
    (nightly("a", {"execute_steps": None}), None, NEITHER),
    (nightly("a", steps("dbt run --vars '{")), PRODUCTION, None),
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
