"""What a job says of steps that dbt Cloud runs, and that do something else than expected."""

import pulumi
import pytest
from pulumi_dbtcloud_datafold import MergeJob, MergeJobArgs, ProductionJob, ProductionJobArgs

from tests.components.mocks.recording import PLACE, run

CHANGED = {"execute_steps": ["dbt seed --select state:modified", "dbt build -s state:modified+"]}


@pytest.fixture
def logged(monkeypatch):
    """Everything that is logged, with its level."""
    lines = []
    for level in ("info", "warn"):
        monkeypatch.setattr(
            pulumi.log, level, lambda text, *_, level=level: lines.append((level, text))
        )
    return lines


@pytest.mark.parametrize("deferral", [{"self_deferring": True}, {"deferring_environment_id": 101}])
def test_a_nightly_job_that_builds_only_its_own_changes_is_a_warning(logged, deferral):
    run(lambda: ProductionJob("p", ProductionJobArgs(**PLACE, **CHANGED, **deferral)))

    [(level, text)] = [line for line in logged if "refreshes nothing" in line[1]]
    assert level == "warn"
    assert len(text.split()) <= 60


@pytest.mark.parametrize(
    "settings",
    [
        {**CHANGED, "self_deferring": True, "scheduled": False},
        {**CHANGED, "deferring_environment_id": 102},
        {"execute_steps": ["dbt build"], "self_deferring": True},
        {"execute_steps": [*CHANGED["execute_steps"], "dbt run"], "self_deferring": True},
    ],
)
def test_a_job_that_refreshes_more_or_has_no_clock_is_none(logged, settings):
    run(lambda: ProductionJob("p", ProductionJobArgs(**PLACE, **settings)))

    assert "refreshes nothing" not in str(logged)


def test_a_merge_job_that_builds_what_the_merge_changed_is_none(logged):
    run(lambda: MergeJob("m", MergeJobArgs(**PLACE, **CHANGED, deferring_environment_id=101)))

    assert "refreshes nothing" not in str(logged)


def test_with_dbt_state_a_comparison_is_a_hint(logged):
    settings = {**CHANGED, "cost_optimization_features": ["dbt_state"]}

    run(lambda: MergeJob("m", MergeJobArgs(**PLACE, **settings)))

    [(level, text)] = [line for line in logged if "execute_steps[0]" in line[1]]
    assert level == "info"
    assert "dbt Cloud defers by itself" in text
