"""What webhooks are sent, and what a receiver that fails does to them."""

import contextlib
import socket
import time
from datetime import UTC, datetime, timedelta

import pytest

from localcloud import testing
from localcloud.webhooks.messages import announce
from tests.localcloud.contract.client import PRODUCTION, PROJECT, Client, triggers
from tests.localcloud.contract.receiver import SECONDS, Receiver

STARTED, COMPLETED, ERRORED = "job.run.started", "job.run.completed", "job.run.errored"


def subscribe(client, url, *events, **changes):
    """A new webhook for those events, or for all, with its signing key."""
    asked = list(events or (STARTED, ERRORED, COMPLETED))
    body = {"name": "hook", "client_url": url, "event_types": asked, **changes}
    return client.post(f"{client.v3}/webhooks/subscriptions", body)


def path_of(client, webhook):
    return f"{client.v3}/webhooks/subscription/{webhook['id']}"


def switch(client, webhook, *, active):
    body = {key: webhook[key] for key in ("name", "client_url", "event_types", "job_ids")}
    return client.put(path_of(client, webhook), {**body, "active": active})


def once_inactive(client, webhook):
    """The webhook, as soon as it has been deactivated."""
    limit = time.monotonic() + SECONDS
    while (found := client.get(path_of(client, webhook)))["active"]:
        assert time.monotonic() < limit, found
        time.sleep(0.05)
    return found


def test_a_run_that_succeeds_is_reported_when_it_begins_and_when_it_has_ended(
    owner, cloud, receiver
):
    job = owner.job(name="Nightly", dbt_version="1.9.0", triggers=triggers())
    webhook = subscribe(owner, f"{receiver.url}/hook?of=dbt")
    cloud.control.set_clock("2030-01-02T03:04:05.678900+00:00")

    run = owner.run(job["id"], cause="It is time")
    started, completed = receiver.next(), receiver.next()

    frame = {"accountId": 1, "webhookId": webhook["id"], "webhookName": "hook"}
    data = {
        "jobId": str(job["id"]),
        "jobName": "Nightly",
        "runId": str(run["id"]),
        "environmentId": str(PRODUCTION),
        "environmentName": "Production",
        "dbtVersion": "1.9.0",
        "projectId": str(PROJECT),
        "projectName": "Analytics",
        "runStatusMessage": "None",
        "runReason": "It is time",
        "runStartedAt": "2030-01-02T03:04:05Z",
    }
    running = {**data, "runStatus": "Running", "runStatusCode": 3}
    success = {**data, "runStatus": "Success", "runStatusCode": 10}
    success["runFinishedAt"] = data["runStartedAt"]
    frame["timestamp"] = "2030-01-02T03:04:05.678900Z"
    for post, event, content in ((started, STARTED, running), (completed, COMPLETED, success)):
        assert (post.path, post.content_type) == ("/hook?of=dbt", "application/json")
        number = post.content["eventId"]
        assert number.startswith("wev_")
        assert post.content == {**frame, "eventId": number, "eventType": event, "data": content}
    assert started.content["eventId"] != completed.content["eventId"]


def test_only_subscribed_webhooks_get_messages(owner, cloud, receiver):
    job, other = owner.job(), owner.job(name="Other")
    for path, changes in {
        "job": {"job_ids": [job["id"], other["id"]]},
        "other-job": {"job_ids": [other["id"]]},
        "inactive": {"active": False},
        "deleted": {},
    }.items():
        webhook = subscribe(owner, f"{receiver.url}/{path}", COMPLETED, **changes)
    owner.delete(path_of(owner, webhook))
    with cloud.store.writing() as session:
        doc = session.find("webhook")[0]
        foreign = {"client_url": f"{receiver.url}/foreign", "job_ids": [], "account_id": 2}
        made = session.add("webhook", {**doc, **foreign, "id": None})
        session.set_secret("webhook", made["id"], "hmac_secret", "k")
    subscribe(owner, f"{receiver.url}/errored", ERRORED)
    subscribe(owner, f"{receiver.url}/last", COMPLETED)

    owner.run(job["id"])
    # The last webhook gets its message after all others.
    posts = [receiver.next(), receiver.next()]

    assert [(post.path, post.event) for post in posts] == [
        ("/job", COMPLETED),
        ("/last", COMPLETED),
    ]


def test_a_webhook_gets_only_what_happens_while_it_is_active(owner, receiver):
    job = owner.job()
    receiver.open.clear()
    subscribe(owner, f"{receiver.url}/first", STARTED)
    late = subscribe(owner, f"{receiver.url}/late", STARTED, active=False)
    off = subscribe(owner, f"{receiver.url}/off", STARTED)
    gone = subscribe(owner, f"{receiver.url}/gone", STARTED)

    owner.run(job["id"])
    assert receiver.next().path == "/first"
    # All others wait until that is answered.
    switch(owner, late, active=True)
    switch(owner, off, active=False)
    owner.delete(path_of(owner, gone))
    receiver.open.set()
    run = owner.run(job["id"])
    posts = [receiver.next(), receiver.next()]

    assert {(post.path, post.content["data"]["runId"]) for post in posts} == {
        ("/first", str(run["id"])),
        ("/late", str(run["id"])),
    }


def test_a_message_is_signed_with_the_webhooks_own_key(owner, receiver):
    webhook, other = (subscribe(owner, receiver.url, STARTED) for _ in range(2))

    owner.run(owner.job()["id"])
    posts = {post.content["webhookId"]: post for post in (receiver.next(), receiver.next())}

    assert posts[webhook["id"]].is_signed_with(webhook["hmac_secret"])
    assert posts[other["id"]].is_signed_with(other["hmac_secret"])
    assert not posts[other["id"]].is_signed_with(webhook["hmac_secret"])


def test_what_is_rolled_back_is_not_announced(owner, cloud, receiver):
    job = owner.job()
    run = owner.run(job["id"])
    subscribe(owner, receiver.url, COMPLETED)

    with contextlib.suppress(RuntimeError), cloud.store.writing() as session:
        announce(session, session.get("run", run["id"]), datetime.now(UTC))
        raise RuntimeError
    later = owner.run(job["id"])

    assert receiver.next().content["data"]["runId"] == str(later["id"])


def test_what_did_not_arrive_is_sent_again_as_it_was(owner, receiver):
    webhook = subscribe(owner, receiver.url, STARTED)
    receiver.next_answers = [500, 200]
    job = owner.job()

    runs = [owner.run(job["id"]) for _ in range(2)]
    first, again, second = receiver.next(), receiver.next(), receiver.next()
    noted = owner.get(path_of(owner, webhook))

    assert first == again
    assert [post.content["data"]["runId"] for post in (again, second)] == [
        str(run["id"]) for run in runs
    ]
    assert (noted["active"], noted["http_status_code"]) == (True, "200")
    sent = datetime.fromisoformat(noted["dispatched_at"])
    assert sent - datetime.fromisoformat(noted["created_at"]) >= timedelta()


def test_a_webhook_is_deactivated_when_five_attempts_have_failed_until_it_is_put_right(
    owner, receiver
):
    webhook = subscribe(owner, receiver.url, STARTED)
    receiver.next_answers = [500, 404, 302, 500, 503]
    job = owner.job()

    owner.run(job["id"])
    deactivated = once_inactive(owner, webhook)
    posts = [receiver.next() for _ in range(5)]
    owner.run(job["id"])
    activated = switch(owner, webhook, active=True)
    run = owner.run(job["id"])

    assert {post.path for post in posts} == {"/"}  # not where it redirects to
    assert deactivated["http_status_code"] == "503"
    assert deactivated["deactivate_reason"] == "5 attempts failed, the last: answered 503"
    assert (activated["active"], activated["deactivate_reason"]) == (True, None)
    assert receiver.next().content["data"]["runId"] == str(run["id"])


def test_a_receiver_that_is_not_there_does_not_hurt_the_run(owner, receiver):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        absent = subscribe(owner, f"http://127.0.0.1:{nobody.getsockname()[1]}/?secret=s3cret")
        subscribe(owner, receiver.url)

        run = owner.run(owner.job()["id"])
        content = [receiver.next().event, receiver.next().event]
        deactivated = once_inactive(owner, absent)

    assert content == [STARTED, COMPLETED]
    assert owner.get(f"{owner.v2}/runs/{run['id']}/")["is_success"]
    assert deactivated["http_status_code"] == "0"
    assert "no answer (ConnectionRefusedError)" in deactivated["deactivate_reason"]
    assert "s3cret" not in deactivated["deactivate_reason"]


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1@0.0.0.0"])
def test_nothing_but_this_machines_loopback_is_contacted(owner, caplog, host):
    # That address reaches the receiver all the same, if it is tried.
    with Receiver("0.0.0.0") as everywhere:
        url = f"http://{host}:{everywhere.port}"
        elsewhere = subscribe(owner, f"{url}/elsewhere", STARTED)
        subscribe(owner, f"http://localhost:{everywhere.port}/here", STARTED)

        owner.run(owner.job()["id"])
        first = everywhere.next()
        tested = owner.get(f"{path_of(owner, elsewhere)}/test")

        assert first.path == "/here"
        assert everywhere.is_idle()
    assert tested["verification_status_code"] is None
    assert "this machine only" in tested["verification_error"]
    untouched = owner.get(path_of(owner, elsewhere))
    assert untouched == {key: elsewhere[key] for key in untouched}
    assert f"webhook {elsewhere['id']} gets no message" in caplog.text


def test_an_address_that_cannot_be_understood_does_no_harm(owner, receiver):
    beyond = subscribe(owner, "http://127.0.0.1:99999/", STARTED)
    spaced = subscribe(owner, "http://127.0.0.1/a b", STARTED)
    subscribe(owner, receiver.url, STARTED)

    owner.run(owner.job()["id"])

    assert receiver.next().event == STARTED
    for webhook, problem in ((beyond, "cannot be understood"), (spaced, "InvalidURL")):
        assert problem in owner.get(f"{path_of(owner, webhook)}/test")["verification_error"]


def test_a_server_ends_while_a_receiver_is_silent(tmp_path, receiver):
    receiver.open.clear()

    with testing.running(tmp_path) as cloud, Client(cloud, testing.TOKEN) as owner:
        subscribe(owner, receiver.url)
        run = owner.run(owner.job()["id"])
        receiver.next()
        assert owner.get(f"{owner.v2}/runs/{run['id']}/")["is_success"]
        ends = time.monotonic()

    # Well below the time that a receiver has.
    assert time.monotonic() - ends < 5


def test_a_message_does_not_reach_a_later_webhook_of_the_same_number(owner, cloud, receiver):
    first = subscribe(owner, f"{receiver.url}/first", STARTED)
    receiver.next_answers = [500]
    receiver.open.clear()
    owner.run(owner.job()["id"])
    receiver.next()

    cloud.control.reset()
    second = subscribe(owner, f"{receiver.url}/second", STARTED)
    receiver.open.set()
    owner.run(owner.job()["id"])

    assert first["id"] == second["id"]
    assert receiver.next().is_signed_with(second["hmac_secret"])


def test_a_webhook_is_tried_by_hand(owner, receiver):
    webhook = subscribe(owner, receiver.url)
    receiver.next_answers = [200, 500]
    path = f"{path_of(owner, webhook)}/test"

    good, bad = owner.get(path), owner.get(path)
    post = receiver.next()

    assert good == {"verification_error": None, "verification_status_code": "200"}
    assert bad == {"verification_error": "answered 500", "verification_status_code": "500"}
    assert post.is_signed_with(webhook["hmac_secret"])
    assert post.content["webhookId"] == webhook["id"]
    assert "data" not in post.content
