"""A first run is followed though dbt Cloud does not find it right after its start."""

import asyncio

import pytest
from pulumi_dbtcloud_datafold.account.api_client import DbtCloudError
from pulumi_dbtcloud_datafold.jobs import first_run

RUNNING = {"id": 7, "is_complete": False}
ENDED = {"id": 7, "is_complete": True}


class Answers:
    """Answers one look after another, with a run or an error."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def run(self, _run_id):
        answer = self.answers.pop(0)
        if isinstance(answer, DbtCloudError):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr(first_run, "POLL_SECONDS", 0.0)


def followed(*answers):
    return asyncio.run(first_run._ended(Answers(*answers), RUNNING, 60))


def test_a_run_that_is_not_found_yet_is_asked_for_again():
    missing = DbtCloudError("not found", 404)

    assert followed(missing, missing, ENDED) == ENDED


def test_another_error_ends_it():
    with pytest.raises(DbtCloudError, match="forbidden"):
        followed(DbtCloudError("forbidden", 403), ENDED)


def test_a_run_that_is_not_found_after_a_minute_ends_it(monkeypatch):
    monkeypatch.setattr(first_run, "VISIBLE_AFTER_SECONDS", 0.0)

    with pytest.raises(DbtCloudError, match="not found"):
        followed(DbtCloudError("not found", 404), ENDED)
