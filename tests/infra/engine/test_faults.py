"""What breaks during `pulumi up` is well after what the messages ask for.

`make reliability` tries every operation with every fault; here several meet one `up`.
"""

import pytest

from benchmarks.reliability.endings import How, settle
from benchmarks.reliability.faults import ATTEMPTS
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
                fault("POST", f"{V2}jobs/", status=503),
                fault("POST", f"{V3}service-tokens/", status=503, times=ATTEMPTS),
            ],
            How.NEXT,
            id="before it is stored",
        ),
        pytest.param(
            REMOVE,
            [fault("DELETE", f"{V3}service-tokens/{{token_id}}/", effect="rate_limit")],
            How.NEXT,
            id="a cool-down",
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
                fault("POST", f"{V3}service-tokens/", **LATE_500),
            ],
            How.DELETION,
            id="environment and token are stored and sent again",
        ),
        pytest.param(
            CREATE,
            [
                fault("POST", f"{V3}webhooks/subscriptions", **LATE_500),
                fault("POST", f"{V2}notifications/", **LATE_500, times=2),
            ],
            How.DELETION,
            id="webhook and notifications are stored and sent again",
        ),
        pytest.param(
            CREATE,
            [fault("POST", f"{V3}projects/{{project_id}}/environment-variables/", **LOST)],
            How.DELETION,
            id="a variable is stored, and its answer lost",
        ),
        pytest.param(
            CHANGE,
            [
                fault("POST", f"{V2}jobs/{{job_id}}/", **LATE_500),
                fault("POST", f"{V3}service-tokens/{{token_id}}/permissions/", **LOST),
            ],
            How.DELETION,
            id="changes, and a token without permissions",
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
        assert [planned["met"] > 0 for planned in cloud.control.faults()] == [True] * len(faults)

        ending = settle(steps, step, stack, first, cloud.control.clear_faults)

    assert (ending.how, ending.problems) == (how, ()), ending.message
