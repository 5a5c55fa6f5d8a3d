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


def test_the_defaults_are_off_and_for_ci_and_merge_jobs_null(owner):
    assert optimization(owner.job()) == ([], True)
    assert optimization(owner.job(triggers=triggers(github_webhook=True))) == ([], None)
    assert optimization(owner.job(triggers=triggers(on_merge=True))) == ([], None)


def test_what_the_account_is_not_entitled_to_is_turned_off_in_silence(owner):
    for wanted in (STATE_AWARE, DBT_STATE, ["inherit_environment"]):
        job = owner.job(dbt_version=FUSION, cost_optimization_features=wanted)

        assert optimization(job) == ([], True)


def test_state_aware_orchestration_needs_fusion_and_a_production_or_staging_environment(entitled):
    on = entitled.job(dbt_version=FUSION, cost_optimization_features=STATE_AWARE)
    without_fusion = entitled.job(cost_optimization_features=STATE_AWARE)
    elsewhere = entitled.job(
        dbt_version=FUSION, environment_id=CI, cost_optimization_features=STATE_AWARE
    )

    assert optimization(on) == (STATE_AWARE, False)
    assert optimization(without_fusion) == ([], True)
    assert optimization(elsewhere) == ([], True)


def test_the_older_switch_means_the_opposite_and_the_list_wins(entitled):
    older = entitled.job(dbt_version=FUSION, force_node_selection=False)
    both = entitled.job(
        dbt_version=FUSION, force_node_selection=False, cost_optimization_features=[]
    )

    assert optimization(older) == (STATE_AWARE, False)
    assert optimization(both) == ([], True)


def test_dbt_state_stands_alone_and_is_for_ci_jobs_too(entitled):
    both = entitled.job(cost_optimization_features=STATE_AWARE + DBT_STATE)
    ci = entitled.job(triggers=triggers(github_webhook=True), cost_optimization_features=DBT_STATE)

    assert optimization(both) == optimization(ci) == (DBT_STATE, False)


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


def test_an_account_can_enforce_state_aware_orchestration_without_fusion(seeded):
    with seeded(features=["state_aware_orchestration_enforced"]) as client:
        on = client.job(environment_id=CI, cost_optimization_features=STATE_AWARE)
        off = client.job(environment_id=CI)

    assert optimization(on) == (STATE_AWARE, False)
    assert optimization(off) == ([], True)
