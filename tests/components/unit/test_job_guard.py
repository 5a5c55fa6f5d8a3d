"""What is looked at before a job is created or renamed, asked of a local dbt Cloud."""

import httpx
import pulumi
import pytest
from pulumi_dbtcloud_datafold.account.access_url import AccessUrl
from pulumi_dbtcloud_datafold.account.connection import Connection, Unknown
from pulumi_dbtcloud_datafold.engine.guard import GuardError
from pulumi_dbtcloud_datafold.jobs.job_guard import JobGuard, is_ci
from pulumi_dbtcloud_datafold.settings.problems import Problem

from localcloud import testing
from tests.components.unit.engine import child, component, hook_call, in_a_run, urn_of

NIGHTLY = {"name": "Nightly", "project_id": 10, "environment_id": 101}
NEW = {"name": "Nightly", "projectId": 10.0, "environmentId": 101.0}
CI = {**NEW, "triggers": {"githubWebhook": True, "gitProviderWebhook": True}}
UNKNOWN = Unknown([Problem("dbtcloud:token", "no token", "set it")])


@pytest.fixture
def cloud(shared_cloud):
    shared_cloud.control.reset()
    return shared_cloud


def make_job(cloud, **changes):
    """A job that is in dbt Cloud already; returns its number."""
    made = httpx.post(
        f"{cloud.url}/v2/accounts/1/jobs/",
        json={**NIGHTLY, "execute_steps": ["dbt build"], **changes},
        headers={"Authorization": f"Token {testing.TOKEN}"},
        trust_env=False,
        verify=testing.NO_TLS,
    )
    return made.raise_for_status().json()["data"]["id"]


def look(moment, cloud, *calls, state=None, connection=None, **settings):
    """Call one hook for jobs of several components, each with its inputs, in one run."""

    async def program():
        token = pulumi.Output.secret(testing.TOKEN)
        for number, inputs in enumerate(calls):
            parent = component(name=f"p{number}")
            job = child(parent)
            guard = JobGuard(
                resource=job,
                parents=[parent],
                connection=connection or Connection(1, AccessUrl(cloud.origin), token),
                **{"datafold_has_number": True, "allow_replacement_of": None, **settings},
            )
            await getattr(guard, moment)(hook_call(urn_of(job, parent), **inputs))

    in_a_run(program, state)


def refusal(*arguments, **more):
    with pytest.raises(GuardError) as refused:
        look(*arguments, **more)
    return str(refused.value)


def in_the_state(number, name="p0", **outputs):
    """A job in the stack's state, under the URN of a component's job."""
    parent = component(name=name)
    return {urn_of(child(parent), parent): {"jobId": float(number), **NEW, **outputs}}


def test_several_jobs_of_a_name_are_all_listed(cloud):
    numbers = [make_job(cloud), make_job(cloud)]

    message = refusal("before_create", cloud, {"new": NEW})

    assert f"jobs {numbers[0]}, {numbers[1]} are all called 'Nightly'" in message


def test_of_two_jobs_only_that_of_the_stack_is_reported_as_its_own(cloud):
    others, number = make_job(cloud), make_job(cloud)

    message = refusal("before_create", cloud, {"new": NEW}, state=in_the_state(number, "old"))

    assert f"job {number} is called 'Nightly'" in message
    assert str(others) not in message
    assert len(message.split()) <= 60


@pytest.mark.parametrize("unknown", ["name", "environmentId"])
def test_what_is_not_known_in_a_preview_is_not_compared(cloud, unknown):
    make_job(cloud)

    look("before_create", cloud, {"new": {**NEW, unknown: object()}})


def test_a_replacement_that_another_kind_of_trigger_forces_names_the_trigger(cloud):
    number = make_job(cloud)

    message = refusal("before_create", cloud, {"new": CI}, state=in_the_state(number))

    assert "triggers turn a job that is no CI job into a CI job" in message


def test_a_number_is_not_given_up_where_the_account_is_not_known_either(cloud):
    message = refusal(
        "before_create", cloud, {"new": NEW}, state=in_the_state(4711), connection=UNKNOWN
    )

    assert "would replace job 4711" in message


@pytest.mark.parametrize(
    "settings", [{"datafold_has_number": False}, {"allow_replacement_of": "its number"}]
)
def test_a_number_may_be_given_up_where_nobody_has_it_or_it_is_named(cloud, settings):
    number = make_job(cloud)
    if "allow_replacement_of" in settings:
        settings = {"allow_replacement_of": number}

    look("before_create", cloud, {"new": NEW}, state=in_the_state(number), **settings)


def test_another_number_than_the_named_one_is_not_given_up(cloud):
    number = make_job(cloud)

    state = in_the_state(number)
    message = refusal(
        "before_create", cloud, {"new": NEW}, state=state, allow_replacement_of=number + 1
    )

    assert f"would replace job {number}" in message


def test_a_job_that_is_gone_is_made_again_with_a_warning(cloud, capsys):
    look("before_create", cloud, {"new": NEW}, state=in_the_state(4711))

    assert "job 4711 'Nightly' is gone from dbt Cloud" in capsys.readouterr().err


def test_an_account_that_is_not_known_is_warned_of_once(cloud, capsys):
    look("before_create", cloud, {"new": NEW}, {"new": NEW}, connection=UNKNOWN)

    warnings = capsys.readouterr().err
    assert warnings.count("cannot look whether jobs exist already (dbtcloud:token: no token)") == 1


@pytest.mark.parametrize(
    ("triggers", "expected"),
    [
        (None, False),
        ({"schedule": True, "onMerge": True}, False),
        ({"githubWebhook": True}, True),
        ({"gitProviderWebhook": True}, True),
    ],
)
def test_a_ci_job_listens_to_pull_requests(triggers, expected):
    assert is_ci({"triggers": triggers}) is expected
