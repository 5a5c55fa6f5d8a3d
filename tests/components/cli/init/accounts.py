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
    production: dict[str, Any]
    pull_request: dict[str, Any]
    source: dict[str, Any]
    others: tuple[dict[str, Any], ...] = ()
    changes: tuple[str, ...] = ()
    defers: bool = True
    reasons: dict[str, set[str]] = field(default_factory=dict)


LATEST = {"dbt_version": "latest"}
OLD_TRACK = {"dbt_version": "1.7.0-latest"}
PROD = {"settings": {"threads": 8, "target_name": "prod"}}
UNTRIGGERED = {"triggers": {}}
OF_JOBS_AS_CODE = cron("0 */2 * * *")
"""dbt-jobs-as-code gives every job a cron, also those that the clock does not start."""

EXPRESSIBLE = [
    Project("Analytics", nightly("Nightly"), ci("Slim CI"), merge("merge job")),
    Project(
        "Marketing 📣",
        nightly("🌙 Nightly build", hours(0, 6, 12, 18)),
        ci("🔍 CI", {"triggers_on_draft_pr": True}),
        hourly("⏱ Hourly compile"),
    ),
    Project(
        "Legacy",
        nightly("Legacy nightly", steps("dbt deps", "dbt seed", "dbt run", "dbt test")),
        ci(
            "Checks",
            steps(
                "dbt seed --select state:modified", "dbt run --select state:modified+", "dbt test"
            ),
        ),
        merge("merge job", steps("dbt run", "dbt test")),
    ),
    Project(
        "Weekdays",
        nightly("Weekdays at six", cron("0 6 * * 1-5")),
        ci("PR", timeout(0)),
        hourly("Artifacts", steps("dbt ls")),
    ),
    Project(
        "Half hours",
        nightly("Every half hour", cron("*/30 * * * *")),
        ci("PR", timeout(7200)),
        hourly("Parse", steps("dbt parse --no-partial-parse")),
    ),
    Project(
        "Named days",
        nightly("Mon to Fri", cron("15 4 * * MON-FRI")),
        ci("PR", threads(16)),
        hourly("Parse only", steps("dbt parse")),
    ),
    Project(
        "Monthly",
        nightly("First of the month", cron("0 0 1 * *")),
        ci("PR"),
        merge("On merge", timeout(0)),
    ),
    Project(
        "Sundays", nightly("Sundays", cron("0 3 * * 0")), ci("PR"), merge("On merge", threads(1))
    ),
    Project("Minutes", nightly("5 and 35", cron("5,35 * * * *")), ci("PR"), merge("Ship it 🚀")),
    Project(
        "Ranges",
        nightly("Every other hour", cron("0 0-23/2 * * *")),
        ci("PR"),
        merge("Deploy: main"),
    ),
    Project("Last day", nightly("Last day", cron("0 7 L * *")), ci("PR"), merge("# 1 merge")),
    Project("Nth day", nightly("First Monday", cron("0 6 * * 1#1")), ci("PR"), merge("yes")),
    Project("Sunday as 7", nightly("0 3 * * 7", cron("0 3 * * 7")), ci("PR"), merge("null")),
    Project("Some days", nightly("Mon, Fri", hours(5, days=[1, 5])), ci("PR"), merge("1234")),
    Project(
        "All days",
        nightly("All days", hours(5, 17, days=[0, 1, 2, 3, 4, 5, 6])),
        ci("PR", interval(1, days=[0, 1, 2, 3, 4, 5, 6])),
        merge("Merge: [main] {prod}", interval(1, days=[0, 1, 2, 3, 4, 5, 6])),
    ),
    Project(
        "Intervals", nightly("Every 6 h", interval(6)), ci("PR"), hourly("Artifacts", interval(2))
    ),
    Project(
        "Long interval",
        nightly("Every 23 h", interval(23)),
        ci("PR"),
        hourly("Artifacts", interval(4)),
    ),
    Project(
        "Days, interval",
        nightly("8 h, weekdays", interval(8, days=[1, 2, 3, 4, 5])),
        ci("PR"),
        merge("Merge 'main'"),
    ),
    Project(
        "Working hours",
        nightly("Nightly"),
        ci("PR"),
        hourly(
            "Hourly at work",
            cron("0 6-20 * * 1-5"),
            steps("dbt deps", "dbt compile --target-path out"),
        ),
    ),
    Project(
        "Variables",
        nightly("Vars", steps("""dbt run --vars '{"start_date": "2024-01-01", "full": true}'""")),
        ci(
            "PR",
            steps(
                """dbt build --select state:modified+ --vars "{key: 'value with: colon'}" """.strip()
            ),
        ),
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
        ci("PR"),
        merge("Merge", {"defers": "self"}),
    ),
    Project(
        "Old deferral",
        nightly("By job", {"defers": "job"}),
        ci("PR"),
        merge("Merge", {"defers": "job"}),
    ),
    Project(
        "By environment",
        nightly("By environment", {"defers": "environment"}),
        ci("PR"),
        hourly("Hourly", {"defers": "environment"}),
    ),
    Project(
        "Docs",
        nightly("Docs", {"generate_docs": True, "run_generate_sources": True}),
        ci("PR", {"generate_docs": True}),
        merge("Merge", {"run_generate_sources": True}),
    ),
    Project(
        "Described",
        nightly(
            "Described", {"description": "Owner: data@example.com\nRuns at 02:00 🌙 - don't touch"}
        ),
        ci("PR", {"description": "yes: no # maybe"}),
        merge("Merge", {"description": " - leading dash "}),
    ),
    Project("Latest", nightly("Nightly", LATEST), ci("PR", LATEST), merge("Merge", LATEST)),
    Project(
        "Old track",
        nightly("Nightly", OLD_TRACK),
        ci("PR", {"dbt_version": "compatible"}),
        hourly("Hourly", OLD_TRACK),
    ),
    Project("Targets", nightly("Nightly", PROD), ci("PR", threads(8, "ci")), merge("Merge", PROD)),
    Project(
        "Linted",
        nightly("Nightly"),
        ci("PR", {"run_lint": True, "errors_on_lint_failure": False}),
        merge("Merge"),
    ),
    Project(
        "Compared",
        nightly("Nightly"),
        ci(
            "PR",
            {
                "run_compare_changes": True,
                "compare_changes_flags": "--select state:modified --exclude tag:big",
            },
        ),
        merge("Merge"),
    ),
    Project(
        "Of jobs as code",
        nightly("Nightly [[nightly]]", cron("0 2 * * *")),
        ci("CI [[ci]]", OF_JOBS_AS_CODE),
        merge("Merge [[merge]]", OF_JOBS_AS_CODE),
    ),
    Project(
        "Leftover hours",
        nightly("Nightly"),
        ci("PR", hours(9, 15)),
        hourly("On merge", {"triggers": {"on_merge": True}}, hours(3, days=[2])),
    ),
    Project(
        "By a person", body("By Airflow", UNTRIGGERED, steps("dbt build")), ci("PR"), merge("Merge")
    ),
    Project(
        "Chained",
        nightly("Load"),
        ci("PR"),
        merge("Merge"),
        others=(
            nightly("Hourly part", hours(1, 3, 5), steps("dbt build --select tag:hourly")),
            nightly("Tests", steps("dbt test")),
            nightly("Freshness", steps("dbt source freshness")),
            nightly("Docs", steps("dbt docs generate")),
            nightly("Snapshots", steps("dbt snapshot")),
            body("Backfill", UNTRIGGERED, steps("dbt run --full-refresh")),
            hourly("Compile"),
        ),
    ),
    Project(
        "State aware",
        nightly("State", {"cost_optimization_features": ["dbt_state"]}),
        ci("PR", {"cost_optimization_features": ["dbt_state"]}),
        merge("Merge", {"cost_optimization_features": ["dbt_state"]}),
    ),
]
"""Of these the stack file can say everything."""

INEXPRESSIBLE = [
    Project(
        "Only GitHub",
        nightly("Nightly"),
        ci("PR", {"triggers": {"github_webhook": True}}),
        merge("Merge"),
        changes=("pull_request_job: triggers.git_provider_webhook is false, becomes true",),
        reasons={"only-github-pull-request-job": {"triggers"}},
    ),
    Project(
        "No deferral",
        nightly("Nightly"),
        ci("PR"),
        merge("Merge"),
        defers=False,
        changes=("pull_request_job: deferring_environment_id is not set, becomes {production}",),
        reasons={"no-deferral-pull-request-job": {"deferringEnvironmentId"}},
    ),
    Project(
        "Two targets",
        nightly("Nightly", PROD),
        ci("PR"),
        merge("Merge"),
        changes=(
            "merge_job: target_name is default, becomes prod, as all jobs of the production environment",
        ),
        reasons={"two-targets-merge-job": {"targetName"}},
    ),
    Project(
        "Two versions",
        nightly("Nightly"),
        ci("PR"),
        merge("Merge", LATEST),
        changes=(
            "merge_job: dbt_version is latest, becomes not set, as all jobs of the production environment",
        ),
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
        ci(
            "PR",
            {"triggers": {"github_webhook": True, "git_provider_webhook": True}, "job_type": "ci"},
        ),
        merge("Merge"),
        changes=(
            "production_job: schedule.type is interval_cron, becomes custom_cron, at the same times",
        ),
        reasons={
            "interval-cron-production-job": {
                "scheduleType",
                "scheduleCron",
                "scheduleDays",
                "scheduleInterval",
            }
        },
    ),
    Project(
        "After a merge",
        body("Transform", UNTRIGGERED, completed()),
        ci("PR"),
        merge("Merge"),
        # The provider reads this trigger only of jobs that it has set it for.
        reasons={"after-a-merge-production-job": {"jobCompletionTriggerConditions"}},
    ),
]
"""Of these it cannot."""
