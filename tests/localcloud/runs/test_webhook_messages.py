"""Which messages webhooks get about a run that dbt executes, and when."""

import pytest

STARTED, COMPLETED, ERRORED = "job.run.started", "job.run.completed", "job.run.errored"


@pytest.fixture
def webhook(operator, receiver):
    """A webhook for every event, which the receiver gets."""
    events = [STARTED, COMPLETED, ERRORED]
    body = {"name": "hook", "client_url": receiver.url, "event_types": events}
    return operator.post(f"{operator.v3}/webhooks/subscriptions", body)


def test_a_run_is_reported_as_it_goes_and_as_completed_once_its_artifacts_are_there(
    operator, repository, receiver, webhook, barrier
):
    job = operator.deploy_job(f"dbt run --hold {barrier} --fail")

    run = operator.run(job["id"])
    started = receiver.next()
    barrier.reached()
    sent_more = not receiver.is_idle()
    barrier.open()
    errored, completed = receiver.next(), receiver.next()

    assert not sent_more
    assert [post.event for post in (started, errored, completed)] == [STARTED, ERRORED, COMPLETED]
    for post, time in ((errored, "runErroredAt"), (completed, "runFinishedAt")):
        data = post.content["data"]
        assert (data["runStatus"], data["runStatusCode"]) == ("Errored", 20)
        assert data.keys() & {"runErroredAt", "runFinishedAt"} == {time}
    assert completed.content["data"]["runId"] == str(run["id"])
    assert completed.content["data"]["runStatusMessage"] == operator.read(run)["status_message"]
    assert "manifest.json" in operator.get(f"{operator.v2}/runs/{run['id']}/artifacts/")


def test_a_cancelled_run_sends_no_message_about_its_end(
    operator, repository, receiver, webhook, barrier
):
    job = operator.deploy_job(f"dbt ls --hold {barrier}")
    cancelled = operator.run(job["id"])
    receiver.next()

    operator.post(f"{operator.v2}/runs/{cancelled['id']}/cancel/")
    later = operator.run(job["id"], steps_override=["dbt ls"])

    assert receiver.next().content["data"]["runId"] == str(later["id"])
