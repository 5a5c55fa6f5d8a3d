"""State-aware orchestration, dbt State, and the older switch `force_node_selection`."""

import pytest

from tests.localcloud.contract.client import CI, JOB, PROJECT, triggers

STATE_AWARE, DBT_STATE = ["state_aware_orchestration"], ["dbt_state"]
FUSION = "latest-fusion"


@pytest.fixture
def entitled(seeded):
    with seeded(features=["state_aware_orchestration", "dbt_state"]) as client:
        yield client


def optimization(job):
    return job["cost_optimization_features"], job["force_node_selection"]


@pytest.mark.parametrize("on", [{"github_webhook": True}, {"on_merge": True}])
@pytest.mark.parametrize(
    "state_aware",
    [
        {"cost_optimization_features": STATE_AWARE},
        {"force_node_selection": True},
        {"force_node_selection": False},
    ],
)
def test_state_aware_settings_on_a_ci_or_merge_job_are_answered_405(owner, on, state_aware):
    body = {**JOB, "environment_id": CI, "triggers": triggers(**on), **state_aware}

    owner.post(f"{owner.v2}/jobs/", body, status=405)


OFF, ON, BY_DBT_STATE = ([], True), (STATE_AWARE, False), (DBT_STATE, False)
BOTH = ["state_aware_orchestration", "dbt_state"]
ENFORCED = ["state_aware_orchestration_enforced"]
CI_JOB = {"triggers": triggers(github_webhook=True)}


def wanting(*features, **job):
    return {"cost_optimization_features": [*features], **job}


@pytest.mark.parametrize(
    ("entitled_to", "job", "expected"),
    [
        # What the account is not entitled to is turned off in silence.
        ([], {}, OFF),
        *(([], wanting(name, dbt_version=FUSION), OFF) for name in (*BOTH, "inherit_environment")),
        # The older switch is null for CI and merge jobs.
        ([], CI_JOB, ([], None)),
        ([], {"triggers": triggers(on_merge=True)}, ([], None)),
        # State-aware orchestration needs Fusion, and a production or staging environment.
        (BOTH, wanting(*STATE_AWARE, dbt_version=FUSION), ON),
        (BOTH, wanting(*STATE_AWARE), OFF),
        (BOTH, wanting(*STATE_AWARE, dbt_version=FUSION, environment_id=CI), OFF),
        # The older switch means the opposite, and the list wins.
        (BOTH, {"dbt_version": FUSION, "force_node_selection": False}, ON),
        (BOTH, wanting(dbt_version=FUSION, force_node_selection=False), OFF),
        # dbt State stands alone, and is for CI jobs too.
        (BOTH, wanting(*BOTH), BY_DBT_STATE),
        (BOTH, wanting(*DBT_STATE, **CI_JOB), BY_DBT_STATE),
        # An account can enforce state-aware orchestration, also without Fusion.
        (ENFORCED, wanting(*STATE_AWARE, environment_id=CI), ON),
        (ENFORCED, {"environment_id": CI}, OFF),
    ],
)
def test_a_job_is_optimized_as_account_and_job_let_it(seeded, entitled_to, job, expected):
    with seeded(features=entitled_to) as client:
        assert optimization(client.job(**job)) == expected


def test_a_job_that_inherits_takes_dbt_state_from_its_environment(entitled):
    environment = entitled.post(
        f"{entitled.v3}/projects/{PROJECT}/environments/",
        {"name": "Staging", "type": "deployment", "enable_dbt_state": True},
    )
    inherit = ["inherit_environment"]

    alone = entitled.job(cost_optimization_features=inherit)
    beside = entitled.job(
        environment_id=environment["id"], cost_optimization_features=[*STATE_AWARE, *inherit]
    )

    assert environment["enable_dbt_state"] is True
    assert optimization(alone) == (inherit, True)
    assert optimization(beside) == (inherit, False)


def test_null_leaves_and_an_empty_list_clears(entitled):
    job = entitled.job(dbt_version=FUSION, cost_optimization_features=STATE_AWARE)
    path = f"{entitled.v2}/jobs/{job['id']}/"
    body = {**JOB, "dbt_version": FUSION}

    left = entitled.post(path, {**body, "cost_optimization_features": None})
    cleared = entitled.post(path, {**body, "cost_optimization_features": []})

    assert optimization(left) == (STATE_AWARE, False)
    assert optimization(cleared) == ([], True)
