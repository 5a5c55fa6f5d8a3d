"""What breaks during `pulumi up` is well after what the messages ask for.

`make reliability` tries every operation with every fault; here several meet one `up`.
"""

import pytest

from benchmarks.reliability.endings import How, settle
from benchmarks.reliability.stack_steps import CHANGE, CREATE, REMOVE, StackSteps

A = "/v{}/accounts/{{account_id}}/"
V2, V3 = A.format(2), A.format(3)
LOST = {"effect": "lost_answer"}
LATE_500 = {**LOST, "status": 500}
SILENCE = {**LOST, "seconds": 2}


def fault(operation, path, **effect):
    return {"method": operation, "path": path, **effect}


@pytest.fixture(scope="module")
def steps(tmp_path_factory, pulumi_home):
    """A stack before each step of its life, whose provider waits one second for an answer."""
    made = StackSteps(tmp_path_factory.mktemp("steps"), pulumi_home, {"timeoutSeconds": 1})
    made.prepare(CREATE, CHANGE, REMOVE)
    return made


@pytest.mark.parametrize(
    ("step", "faults", "how"),
    [
        pytest.param(
            CREATE,
            [
                fault("POST", f"{V3}projects/{{project_id}}/environments/", status=503),
                fault("POST", f"{V2}jobs/", effect="reset"),
                fault("POST", f"{V3}service-tokens/", effect="rate_limit"),
            ],
            How.NEXT,
            id="before it is stored",
        ),
        pytest.param(
            CREATE,
            [fault("POST", f"{V2}jobs/", **SILENCE)],
            How.COMMAND,
            id="a job is stored, and silence",
        ),
        pytest.param(
            CREATE,
            [
                fault("POST", f"{V3}projects/{{project_id}}/environments/", **LATE_500),
                fault("POST", f"{V3}service-tokens/{{token_id}}/permissions/", **LOST),
                fault("POST", f"{V2}notifications/", **LATE_500, times=2),
            ],
            How.DELETION,
            id="things are stored and sent again",
        ),
        pytest.param(
            CREATE,
            [
                fault("POST", f"{V3}webhooks/subscriptions", **LOST),
                fault(
                    "POST", f"{V3}projects/{{project_id}}/environment-variables/", **LOST
                ),
            ],
            How.DELETION,
            id="things are stored, and their answers lost",
        ),
        pytest.param(
            CHANGE,
            [
                fault("POST", f"{V2}jobs/{{job_id}}/", **LOST),
                fault("PUT", f"{V3}webhooks/subscription/{{webhook_id}}", **LATE_500),
                fault("DELETE", f"{V3}service-tokens/{{token_id}}/", effect="reset"),
            ],
            How.NEXT,
            id="changes",
        ),
        pytest.param(
            REMOVE,
            [fault("POST", f"{V2}notifications/{{notification_id}}/", **LOST)],
            How.REFRESH,
            id="a deletion is stored, and its answer lost",
        ),
    ],
)
def test_all_is_well_after_what_the_messages_ask_for(steps, step, faults, how):
    with steps.at(step) as (stack, cloud):
        cloud.control.plan(*faults)
        first = stack.up(fails=None)
        assert [each["met"] > 0 for each in cloud.control.faults()] == [True] * len(faults)

        ending = settle(steps, step, stack, first, cloud.control.clear_faults)

    assert (ending.how, ending.problems) == (how, ()), ending.message


def test_a_token_that_expires_in_the_middle_loses_nothing(steps):
    everything = {"path": "/v*", "times": 1000}
    with steps.at(CREATE) as (stack, cloud):
        cloud.control.plan({**everything, "effect": "slow", "seconds": 0, "times": 14})
        cloud.control.plan({**everything, "status": 401})
        first = stack.up(fails=True)

        ending = settle(steps, CREATE, stack, first, cloud.control.clear_faults)

    assert not ending.problems
    assert "401" in ending.message
