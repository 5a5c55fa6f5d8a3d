"""Which messages webhooks get about a run that dbt executes, and when."""

import pytest

from tests.localcloud.contract.receiver import Receiver


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


def test_a_run_is_reported_as_it_goes_and_as_completed_once_its_artifacts_are_there(
    operator, repository, receiver, barrier
):
    events = ["job.run.started", "job.run.completed", "job.run.errored"]
    body = {"name": "hook", "client_url": receiver.url, "event_types": events}
    operator.post(f"{operator.v3}/webhooks/subscriptions", body)
    job = operator.deploy_job(f"dbt run --hold {barrier} --fail")

    run = operator.run(job["id"])
    started = receiver.next()
    barrier.reached()
    sent_more = not receiver.is_idle()
    barrier.open()
    errored, completed = receiver.next(), receiver.next()

    assert not sent_more
    assert [post.event for post in (started, errored, completed)] == [
        "job.run.started",
        "job.run.errored",
        "job.run.completed",
    ]
    assert completed.content["data"]["runId"] == str(run["id"])
    assert completed.content["data"]["runStatusMessage"] == operator.read(run)["status_message"]
    assert "manifest.json" in operator.get(f"{operator.v2}/runs/{run['id']}/artifacts/")
