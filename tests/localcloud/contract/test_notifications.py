from tests.localcloud.contract.client import ACCOUNT

PATH = f"/v2/accounts/{ACCOUNT}/notifications/"
EVENTS = ("on_cancel", "on_failure", "on_warning", "on_success")
BODY = {
    **{"account_id": 1, "user_id": 1, "type": 1, "state": 1, **{event: [] for event in EVENTS}},
    **dict.fromkeys(("external_email", "slack_channel_id", "slack_channel_name")),
}


def test_lists_that_are_left_out_are_empty_not_null(owner):
    made = owner.post(PATH, {"user_id": 1, "type": 4, "external_email": "a@example.com"})

    assert [made[event] for event in EVENTS] == [[]] * 4


def test_an_update_without_the_id_replaces_and_state_2_deletes(owner):
    job = owner.job()
    made = owner.post(PATH, {**BODY, "on_cancel": [job["id"]]})
    path = f"{PATH}{made['id']}/"

    updated = owner.post(path, {**BODY, "on_success": [job["id"]]})
    owner.post(path, {**BODY, "state": 2})

    assert (updated["id"], updated["on_cancel"]) == (made["id"], [])
    owner.get(path, status=404)
    assert owner.get(PATH) == []


def test_a_user_has_one_notification(owner):
    owner.post(PATH, BODY)

    owner.post(PATH, BODY, status=400)
    owner.post(PATH, {**BODY, "type": 4, "external_email": "a@example.com"})


def test_an_external_address_has_one_notification_in_any_case_of_its_letters(owner):
    external = {**BODY, "type": 4}
    made = owner.post(PATH, {**external, "external_email": "Team@example.com"})
    other = owner.post(PATH, {**external, "external_email": "other@example.com"})
    twice = {**external, "external_email": "team@EXAMPLE.com"}

    created = owner.post(PATH, twice, status=400)
    updated = owner.post(f"{PATH}{other['id']}/", twice, status=400)
    renamed = owner.post(f"{PATH}{made['id']}/", twice)
    owner.post(f"{PATH}{made['id']}/", {**twice, "state": 2})

    problem = f"notification {made['id']} has this address already; change that one"
    assert created == updated == {"external_email": problem}
    assert renamed["external_email"] == "team@EXAMPLE.com"
    # A deleted notification does not keep its address.
    owner.post(PATH, twice)
