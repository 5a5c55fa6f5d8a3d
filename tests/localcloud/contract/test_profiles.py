"""Profiles and extended attributes, and how environments follow them."""

import json

import pytest

from tests.localcloud.contract.client import ACCOUNT, CI, OTHER_PROJECT, PROJECT

PROFILES = f"/v3/accounts/{ACCOUNT}/projects/{PROJECT}/profiles/"
ATTRIBUTES = f"/v3/accounts/{ACCOUNT}/projects/{PROJECT}/extended-attributes/"
CI_ENVIRONMENT = f"/v3/accounts/{ACCOUNT}/projects/{PROJECT}/environments/{CI}/"


@pytest.fixture
def connection(owner):
    body = {"name": "db", "adapter_version": "postgres_v0", "config": {"hostname": "h"}}
    return owner.post(f"/v3/accounts/{ACCOUNT}/connections/", body)


def attributes(owner, **values):
    return owner.post(ATTRIBUTES, {"state": 1, "extended_attributes": values})


def profile(owner, key, **ids):
    nulls = dict.fromkeys(("connection_id", "credentials_id", "extended_attributes_id"))
    return owner.post(
        PROFILES, {"account_id": 1, "project_id": PROJECT, "key": key, **nulls, **ids}
    )


def test_extended_attributes_keep_the_order_of_their_keys_and_no_spaces(owner):
    made = attributes(owner, zebra=1, apple={"b": [1, 2], "a": None})

    text = owner.http.get(f"{ATTRIBUTES}{made['id']}/").text

    assert '"extended_attributes":{"zebra":1,"apple":{"b":[1,2],"a":null}}' in text


def test_extended_attributes_are_put_in_place_of_the_old_and_deleted(owner):
    made = attributes(owner, a=1, b=2)

    changed = owner.patch(f"{ATTRIBUTES}{made['id']}/", {"extended_attributes": {"b": 3}})
    owner.delete(f"{ATTRIBUTES}{made['id']}/")

    assert changed["extended_attributes"] == {"b": 3}
    owner.get(f"{ATTRIBUTES}{made['id']}/", status=404)


def test_extended_attributes_longer_than_4096_bytes_are_refused(owner):
    longest = "x" * (4096 - len(json.dumps({"k": ""}, separators=(",", ":"))))
    attributes(owner, k=longest)

    problems = owner.post(ATTRIBUTES, {"extended_attributes": {"k": longest + "x"}}, status=400)

    assert problems == {"extended_attributes": "4097 bytes as JSON, at most 4096 are allowed"}


def test_a_profile_is_made_changed_and_deleted(owner, connection):
    made = profile(owner, "main", connection_id=connection["id"])
    path = f"{PROFILES}{made['id']}/"

    listed = owner.get(PROFILES)
    cleared = owner.patch(path, {"key": "main", "connection_id": None})
    owner.delete(path)

    assert listed == [made]
    assert (made["primary_bindings"], made["catalog_bindings"]) == ([], [])
    assert cleared["connection_id"] is None
    owner.get(path, status=404)


def test_a_key_is_there_once_in_a_project(owner):
    profile(owner, "main")

    owner.post(PROFILES, {"key": "main"}, status=400)
    owner.post(f"/v3/accounts/{ACCOUNT}/projects/{OTHER_PROJECT}/profiles/", {"key": "main"})


def test_an_environment_follows_its_profile_and_the_profile_wins(owner, connection):
    first = profile(owner, "first", connection_id=connection["id"])
    second = profile(owner, "second", extended_attributes_id=attributes(owner, a=1)["id"])

    on_first = owner.change(CI_ENVIRONMENT, primary_profile_id=first["id"])
    # The provider sends the first one's ids with the second one's.
    on_second = owner.post(CI_ENVIRONMENT, {**on_first, "primary_profile_id": second["id"]})
    bound = owner.get(f"{PROFILES}{second['id']}/")["primary_bindings"]
    refused = owner.delete(f"{PROFILES}{second['id']}/", status=400)
    owner.patch(f"{PROFILES}{second['id']}/", {"connection_id": connection["id"]})
    followed = owner.get(CI_ENVIRONMENT)

    assert on_first["connection_id"] == connection["id"]
    assert on_second["connection_id"] is None
    assert on_second["extended_attributes_id"] == second["extended_attributes_id"]
    assert bound == [{"environment_id": CI}]
    assert refused == {"profile": f"environments are bound to this profile: {CI}"}
    assert followed["connection_id"] == connection["id"]
