"""A job or token is adopted once, and never replaced while its number is configured."""

import pytest
from pulumi_dbtcloud_datafold import ConfigurationError
from pulumi_dbtcloud_datafold.engine.adoption import Adoptable, adopt

from tests.components.unit.engine import HEAD, JOB, component, in_a_run

KIND = Adoptable(JOB, "adopt_job_id", "jobId", "job {number} cannot become this job")
PRODUCTION = "dbtcloud-datafold:index:ProductionJob"
OWN = f"{HEAD}{PRODUCTION}${JOB}::p-job"
OTHER = f"{HEAD}{PRODUCTION}${JOB}::q-job"


def adoption(state, number=5):
    async def program():
        return adopt(KIND, "p-job", number, component())

    return in_a_run(program, state)


def test_the_number_of_another_kind_of_resource_is_another_number():
    assert adoption({f"{HEAD}acme:index:Thing::t": {"jobId": 5.0}}).import_ == "5"


def test_a_resource_without_a_number_yet_is_passed_over():
    assert adoption({OTHER: {}}).import_ == "5"


def test_two_resources_do_not_adopt_one_number():
    async def program():
        for name in ("p-job", "p-job", "q-job"):
            adopt(KIND, name, 5, component())

    with pytest.raises(ConfigurationError) as refused:
        in_a_run(program)

    [problem] = refused.value.problems
    assert problem.path == "adopt_job_id"
    assert problem.problem == "5 is to be adopted as 'p-job' too"
