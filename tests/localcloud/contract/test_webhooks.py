from tests.localcloud.contract.client import ACCOUNT

LIST = f"/v3/accounts/{ACCOUNT}/webhooks/subscriptions"
ONE = f"/v3/accounts/{ACCOUNT}/webhooks/subscription"
BODY = {
    "id": "",
    "name": "hook",
    "client_url": "https://example.com/a",
    "event_types": ["job.run.errored", "job.run.started"],
    "job_ids": [],
    "active": True,
}


def test_a_webhook_shows_its_signing_key_once(owner, cloud):
    made = owner.post(LIST, BODY, status=201)
    read = owner.get(f"{ONE}/{made['id']}")

    assert len(made["hmac_secret"]) == 40
    assert read == {key: value for key, value in made.items() if key != "hmac_secret"}
    assert made["hmac_secret"] not in str([owner.get(LIST), cloud.control.resources()])


def test_a_webhook_has_the_types_that_clients_decode(owner):
    job = owner.job()
    made = owner.post(LIST, {**BODY, "job_ids": [job["id"]]})

    assert isinstance(made["id"], str)
    assert isinstance(made["account_identifier"], str)
    assert made["http_status_code"] == "0"
    assert made["job_ids"] == [job["id"]]
    assert made["event_types"] == BODY["event_types"]
    assert "description" not in made
    assert owner.post(LIST, BODY)["job_ids"] == []


def test_an_inactive_webhook_with_another_url_is_active_again(owner):
    made = owner.post(LIST, {**BODY, "active": False})
    moved = {**BODY, "client_url": "https://example.com/b", "active": False}

    reactivated = owner.put(f"{ONE}/{made['id']}", moved)
    # Active now: moving and deactivating in one request leaves it inactive.
    deactivated = owner.put(f"{ONE}/{made['id']}", {**moved, "client_url": BODY["client_url"]})

    assert (made["active"], reactivated["active"], deactivated["active"]) == (False, True, False)


def test_a_deleted_webhook_is_answered_with_its_id_and_gone(owner):
    made = owner.post(LIST, BODY)

    answer = owner.delete(f"{ONE}/{made['id']}")

    assert answer == {"id": made["id"]}
    owner.get(f"{ONE}/{made['id']}", status=404)
    assert owner.get(LIST) == []


def test_an_id_that_is_no_webhooks_is_not_found(owner):
    for webhook_id in ("wsu_1", "1000", "wsu_x"):
        owner.get(f"{ONE}/{webhook_id}", status=404)
