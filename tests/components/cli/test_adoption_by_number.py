"""Jobs and tokens that the configuration names by number are taken over by `pulumi up` itself."""

from tests.components.cli.account import NIGHTLY, ON_PULL_REQUEST, Account
from tests.infra.engine.deployment import ANALYTICS, MARKETING_PRODUCTION, MARKETING_PROJECT


def project(**blocks):
    return {"analytics": {**ANALYTICS, **blocks}}


def test_a_job_named_by_number_is_taken_over_updated_and_keeps_its_number(stack, account):
    by_hand = account.job("Nightly build", **NIGHTLY, execute_steps=["dbt run", "dbt test"])
    stack.configure(projects=project(production_job={"adopt_job_id": by_hand}))

    preview = stack.preview("--diff")
    stack.up()

    assert "1 to import" in preview.one_line
    assert '"dbt run" => "dbt build"' in preview.one_line
    job = stack.jobs()["10 Production"]
    assert job["id"] == by_hand
    assert job["execute_steps"] == ["dbt build"]
    assert "10 Nightly build" not in stack.jobs()
    stack.assert_settled()


def test_the_number_may_stay_in_the_configuration(stack, account):
    by_hand = account.job("Production", **NIGHTLY)
    stack.configure(projects=project(production_job={"adopt_job_id": by_hand}))
    stack.up()

    stack.pulumi("refresh", "--yes")
    stack.assert_settled()
    stack.configure(projects=project(production_job={"adopt_job_id": by_hand, "num_threads": 8}))
    stack.up()
    stack.configure(projects=project(production_job={"num_threads": 8}))

    stack.assert_settled()
    assert stack.jobs()["10 Production"]["id"] == by_hand


def test_naming_the_number_of_a_job_that_the_stack_has_does_not_delete_it(stack):
    # With Pulumi's import_ option alone, the job would be imported again and deleted as the old one.
    stack.configure(projects=project())
    stack.up()
    made = stack.jobs()["10 Production"]["id"]

    stack.configure(projects=project(production_job={"adopt_job_id": made}))
    stack.assert_settled()
    stack.up()

    assert stack.jobs()["10 Production"]["id"] == made


def test_another_number_for_a_job_that_the_stack_has_is_reported_and_without_effect(bring_up):
    stack = bring_up(projects=project())
    account = Account(stack.cloud)
    made = stack.jobs()["10 Production"]["id"]
    by_hand = account.job("Other", **NIGHTLY)

    stack.configure(projects=project(production_job={"adopt_job_id": by_hand}))
    up = stack.up()

    assert f"is to adopt {by_hand}, but the stack has number {made} here" in up.one_line
    assert stack.jobs()["10 Production"]["id"] == made
    assert stack.jobs()["10 Other"]["id"] == by_hand


def test_a_job_that_would_have_to_be_replaced_is_not_adopted(stack, account):
    ci = account.job("Checks", **ON_PULL_REQUEST)
    stack.configure(projects=project(production_job={"adopt_job_id": ci}))

    preview = stack.preview(fails=True)
    stack.up(fails=True)
    # The engine has imported the job before it sees that it cannot be updated; now the stack has it.
    again = stack.up(fails=True)

    for refused in (preview, again):
        assert f"job {ci} cannot become this job" in refused.one_line
    assert stack.jobs()["10 Checks"]["id"] == ci


def test_a_job_of_another_project_is_not_adopted(stack, account):
    elsewhere = account.job(
        "Elsewhere", **NIGHTLY, project_id=MARKETING_PROJECT, environment_id=MARKETING_PRODUCTION
    )
    stack.configure(projects=project(production_job={"adopt_job_id": elsewhere}))

    refused = stack.preview(fails=True)

    assert f"job {elsewhere} cannot become this job: it is in another project" in refused.one_line


def test_a_number_is_adopted_once_and_not_from_another_block(stack, account):
    by_hand = account.job("Nightly", **NIGHTLY)
    adopting = {"adopt_job_id": by_hand}
    stack.configure(projects=project(production_job=adopting, merge_job=adopting))
    twice = stack.preview(fails=True)
    stack.configure(projects=project(production_job=adopting))
    stack.up()
    other = {**ANALYTICS, "environments": {"production": {"create": {"name": "Other"}}}}
    other["environments"]["pull_request"] = {"create": {"name": "Other CI"}}
    other["environments"]["production"]["create"]["deployment_type"] = "staging"
    blocks = {**project(), "other": {**other, "production_job": adopting}}
    stack.configure(projects=blocks)
    owned = stack.preview(fails=True)

    assert f"projects.analytics.production_job adopts job {by_hand} too" in twice.one_line
    assert (
        f"{by_hand} belongs to this stack as 'analytics-production-job' already" in owned.one_line
    )
    assert len([job for job in stack.job_list() if job["id"] == by_hand]) == 1


def test_a_number_that_does_not_exist_creates_nothing(stack):
    stack.configure(projects=project(production_job={"adopt_job_id": 999}))

    refused = stack.preview(fails=True)

    assert "there is no job 999 that the token sees" in refused.one_line
    assert stack.job_list() == []


def test_a_token_named_by_number_is_taken_over(stack, account):
    by_hand = account.token("Datafold")
    stack.configure(projects=project(), service_token={"adopt_token_id": by_hand})

    stack.up()

    assert [token["id"] for token in stack.tokens()] == [by_hand]
    assert stack.outputs()["service_token"]["id"] == str(by_hand)
    stack.assert_settled()


def test_a_token_with_other_permissions_is_not_adopted(stack, account):
    by_hand = account.token("Datafold", "readonly")
    stack.configure(projects=project(), service_token={"adopt_token_id": by_hand})

    preview = stack.preview(fails=True)
    stack.up(fails=True)
    again = stack.up(fails=True)

    for refused in (preview, again):
        assert f"token {by_hand} cannot become this token" in refused.one_line
    assert [token["id"] for token in stack.tokens()] == [by_hand]
