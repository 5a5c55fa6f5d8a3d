"""Projects in the style of real ones: what people make by hand, with Terraform, and with dbt-jobs-as-code."""

from dataclasses import dataclass, field
from typing import Any

from tests.components.cli.init.documents import (
    body,
    ci,
    completed,
    cron,
    hourly,
    hours,
    interval,
    interval_cron,
    merge,
    nightly,
    steps,
    threads,
    timeout,
)


@dataclass(frozen=True)
class Project:
    """A project with a production environment and one for pull requests.

    Attributes:
        production, pull_request, source: The jobs that the block takes over.
        others: Jobs that it leaves alone.
        changes: What `init` says that `pulumi up` changes.
        defers: The pull-request job defers to production.
        reasons: The properties in which the preview shows those changes, by Pulumi's name of the job.
    """

    name: str
    production: dict[str, Any] = field(default_factory=lambda: nightly("Nightly"))
    pull_request: dict[str, Any] = field(default_factory=lambda: ci("PR"))
    source: dict[str, Any] = field(default_factory=lambda: merge("Merge"))
    others: tuple[dict[str, Any], ...] = ()
    changes: tuple[str, ...] = ()
    defers: bool = True
    reasons: dict[str, set[str]] = field(default_factory=dict)


def by_cron(name, expression, **jobs):
    """A project whose production job has the schedule that it is called after."""
    return Project(name, nightly(name, cron(expression)), **jobs)


def with_all(name, *parts, **jobs):
    """A project whose three jobs have something in common."""
    made = (make(label, *parts) for label, make in KINDS.items())
    return Project(name, *made, **jobs)


KINDS = {"Nightly": nightly, "PR": ci, "Merge": merge}
LATEST = {"dbt_version": "latest"}
OLD_TRACK = {"dbt_version": "1.7.0-latest"}
PROD = {"settings": {"threads": 8, "target_name": "prod"}}
UNTRIGGERED = {"triggers": {}}
OF_JOBS_AS_CODE = cron("0 */2 * * *")
"""dbt-jobs-as-code gives every job a cron, also those that the clock does not start."""

WEEK = [*range(7)]

EXPRESSIBLE = [
    Project("Analytics", pull_request=ci("Slim CI"), source=merge("merge job")),
    Project(
        "Marketing 📣",
        nightly("🌙 Nightly build", hours(0, 6, 12, 18)),
        ci("🔍 CI", {"triggers_on_draft_pr": True}),
        hourly("⏱ Hourly compile"),
    ),
    Project(
        "Legacy",
        nightly("Legacy nightly", steps("dbt deps", "dbt seed", "dbt run", "dbt test")),
        ci("Checks", steps("dbt seed -s state:modified", "dbt run -s state:modified+", "dbt test")),
        merge("merge job", steps("dbt run", "dbt test")),
    ),
    by_cron("Weekdays at six", "0 6 * * 1-5", source=hourly("Artifacts", steps("dbt ls"))),
    by_cron(
        "Every half hour",
        "*/30 * * * *",
        pull_request=ci("PR", timeout(7200)),
        source=hourly("Parse", steps("dbt parse --no-partial-parse")),
    ),
    by_cron(
        "Mon to Fri",
        "15 4 * * MON-FRI",
        pull_request=ci("PR", threads(16)),
        source=hourly("Parse only", steps("dbt parse")),
    ),
    by_cron("First of the month", "0 0 1 * *", source=merge("On merge", timeout(0))),
    by_cron("Sundays", "0 3 * * 0", source=merge("On merge", threads(1))),
    by_cron("5 and 35", "5,35 * * * *", source=merge("Ship it 🚀")),
    by_cron("Every other hour", "0 0-23/2 * * *", source=merge("Deploy: main")),
    by_cron("Last day", "0 7 L * *", source=merge("# 1 merge")),
    by_cron("First Monday", "0 6 * * 1#1", source=merge("yes")),
    by_cron("0 3 * * 7", "0 3 * * 7", source=merge("null")),
    Project("Some days", nightly("Mon, Fri", hours(5, days=[1, 5])), source=merge("1234")),
    Project(
        "All days",
        nightly("All days", hours(5, 17, days=WEEK)),
        ci("PR", interval(1, days=WEEK)),
        merge("Merge: [main] {prod}", interval(1, days=WEEK)),
    ),
    Project(
        "Intervals", nightly("Every 6 h", interval(6)), source=hourly("Artifacts", interval(2))
    ),
    Project("No limit", pull_request=ci("PR", timeout(0))),
    Project("23 h", nightly("Every 23 h", interval(23)), source=hourly("Artifacts", interval(4))),
    Project(
        "Days, interval",
        nightly("8 h, weekdays", interval(8, days=[1, 2, 3, 4, 5])),
        source=merge("Merge 'main'"),
    ),
    Project(
        "Working hours",
        source=hourly("At work", cron("0 6-20 * * 1-5"), steps("dbt deps", "dbt compile -t out")),
    ),
    Project(
        "Variables",
        nightly("Vars", steps("""dbt run --vars '{"start_date": "2024-01-01", "full": true}'""")),
        ci("PR", steps("""dbt build -s state:modified+ --vars "{key: 'value with: colon'}\"""")),
        merge("Merge", steps("""dbt build --vars 'a: "#1"'""")),
    ),
    Project(
        "Flags first",
        nightly("Flags", steps("dbt --log-format json --warn-error build --full-refresh")),
        ci("PR", steps("dbt build --select state:modified+ --exclude tag:slow --fail-fast")),
        merge("Merge", steps("dbt --no-partial-parse run")),
    ),
    Project(
        "Parts only",
        nightly("Part", steps('dbt run --select "tag:nightly,config.materialized:incremental"')),
        ci("PR", steps("dbt clone --select state:modified+", "dbt build -s state:modified+")),
        merge("Merge", steps("dbt build --select state:modified+"), {"defers": "environment"}),
    ),
    Project(
        "Self",
        nightly("Self", {"defers": "self"}, steps("dbt build --select state:modified+")),
        source=merge("Merge", {"defers": "self"}),
    ),
    Project(
        "Old deferral",
        nightly("By job", {"defers": "job"}),
        source=merge("Merge", {"defers": "job"}),
    ),
    Project(
        "By environment",
        nightly("By environment", {"defers": "environment"}),
        source=hourly("Hourly", {"defers": "environment"}),
    ),
    Project(
        "Docs",
        nightly("Docs", {"generate_docs": True, "run_generate_sources": True}),
        ci("PR", {"generate_docs": True}),
        merge("Merge", {"run_generate_sources": True}),
    ),
    Project(
        "Described",
        nightly("Described", {"description": "Owner: a@example.com\nAt 02:00 🌙 - don't touch"}),
        ci("PR", {"description": "yes: no # maybe"}),
        merge("Merge", {"description": " - leading dash "}),
    ),
    with_all("Latest", LATEST),
    Project(
        "Old track",
        nightly("Nightly", OLD_TRACK),
        ci("PR", {"dbt_version": "compatible"}),
        hourly("Hourly", OLD_TRACK),
    ),
    Project("Targets", nightly("Nightly", PROD), ci("PR", threads(8, "ci")), merge("Merge", PROD)),
    Project("Linted", pull_request=ci("PR", {"run_lint": True, "errors_on_lint_failure": False})),
    Project(
        "Compared",
        pull_request=ci(
            "PR", {"run_compare_changes": True, "compare_changes_flags": "--exclude tag:big"}
        ),
    ),
    Project(
        "Of jobs as code",
        nightly("Nightly [[nightly]]", cron("0 2 * * *")),
        ci("CI [[ci]]", OF_JOBS_AS_CODE),
        merge("Merge [[merge]]", OF_JOBS_AS_CODE),
    ),
    Project(
        "Leftover hours",
        pull_request=ci("PR", hours(9, 15)),
        source=hourly("On merge", {"triggers": {"on_merge": True}}, hours(3, days=[2])),
    ),
    Project("By a person", body("By Airflow", UNTRIGGERED, steps("dbt build"))),
    Project(
        "Chained",
        nightly("Load"),
        others=(
            nightly("Hourly part", hours(1, 3, 5), steps("dbt build --select tag:hourly")),
            *(
                nightly(command, steps(f"dbt {command}"))
                for command in ("test", "source freshness", "docs generate", "snapshot")
            ),
            body("Backfill", UNTRIGGERED, steps("dbt run --full-refresh")),
            hourly("Compile"),
        ),
    ),
    with_all("State aware", {"cost_optimization_features": ["dbt_state"]}),
]
"""Of these the stack file can say everything."""

AS_ALL = "becomes {}, as all jobs of the production environment"
INEXPRESSIBLE = [
    Project(
        "Only GitHub",
        pull_request=ci("PR", {"triggers": {"github_webhook": True}}),
        changes=("pull_request_job: triggers.git_provider_webhook is false, becomes true",),
        reasons={"only-github-pull-request-job": {"triggers"}},
    ),
    Project(
        "No deferral",
        defers=False,
        changes=("pull_request_job: deferring_environment_id is not set, becomes {production}",),
        reasons={"no-deferral-pull-request-job": {"deferringEnvironmentId"}},
    ),
    Project(
        "Two targets",
        nightly("Nightly", PROD),
        changes=(f"merge_job: target_name is default, {AS_ALL.format('prod')}",),
        reasons={"two-targets-merge-job": {"targetName"}},
    ),
    Project(
        "Two versions",
        source=merge("Merge", LATEST),
        changes=(f"merge_job: dbt_version is latest, {AS_ALL.format('not set')}",),
        reasons={"two-versions-merge-job": {"dbtVersion"}},
    ),
    Project(
        "No lint errors",
        nightly("Nightly", {"errors_on_lint_failure": False}),
        ci("PR", {"errors_on_lint_failure": False}),
        merge("Merge", {"triggers_on_draft_pr": True}),
        changes=(
            "production_job: errors_on_lint_failure is false, becomes true",
            "pull_request_job: errors_on_lint_failure is false, becomes true",
            "merge_job: triggers_on_draft_pr is true, becomes false",
        ),
        reasons={
            "no-lint-errors-production-job": {"errorsOnLintFailure"},
            "no-lint-errors-pull-request-job": {"errorsOnLintFailure"},
            "no-lint-errors-merge-job": {"triggersOnDraftPr"},
        },
    ),
    Project(
        "Interval cron",
        nightly("Nightly", interval_cron("4 */6 * * 1,5")),
        ci("PR", {"job_type": "ci"}),
        changes=(
            "production_job: schedule.type is interval_cron, becomes custom_cron, at the same times",
        ),
        reasons={
            "interval-cron-production-job": {
                *("scheduleType", "scheduleCron", "scheduleDays", "scheduleInterval")
            }
        },
    ),
    Project(
        "After a merge",
        body("Transform", UNTRIGGERED, completed()),
        # The provider reads this trigger only of jobs that it has set it for.
        reasons={"after-a-merge-production-job": {"jobCompletionTriggerConditions"}},
    ),
]
"""Of these it cannot."""
