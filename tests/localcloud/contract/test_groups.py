"""Groups, their permissions, and the users in them."""

import pytest

from tests.localcloud.contract.client import ACCOUNT, PROJECT

GROUPS = f"/v3/accounts/{ACCOUNT}/groups/"
PERMISSIONS = f"/v3/accounts/{ACCOUNT}/group-permissions/"


def group(owner, name="Analysts", **more):
    body = {"account_id": 1, "name": name, "state": 1, "assign_by_default": False, **more}
    return owner.post(GROUPS, body)


def test_a_group_is_made_and_found_by_its_name(owner):
    made = group(owner)
    group(owner, "Others")

    assert made == owner.get(f"{GROUPS}{made['id']}/")
    assert [item["id"] for item in owner.get(f"{GROUPS}?name=Analysts")] == [made["id"]]
    assert [item["id"] for item in owner.get(f"{GROUPS}?name__icontains=anal")] == [made["id"]]


def test_lists_of_a_group_are_empty_not_null(owner):
    made = group(owner, sso_mapping_groups=None)

    assert (made["sso_mapping_groups"], made["group_permissions"]) == ([], [])


def test_permissions_are_replaced_by_a_list_and_returned_with_the_group(owner):
    made = group(owner)
    path = f"{PERMISSIONS}{made['id']}/"
    owner.post(path, [{"permission_set": "readonly", "all_projects": True}])

    developer = {
        **{"account_id": 1, "group_id": made["id"], "permission_set": "developer"},
        **{"all_projects": False, "project_id": PROJECT},
        "writable_environment_categories": ["all"],
    }
    answer = owner.post(path, [developer, {"permission_set": "member", "all_projects": True}])

    assert owner.get(f"{GROUPS}{made['id']}/")["group_permissions"] == answer
    first, second = answer
    assert (first["project_id"], first["writable_environment_categories"]) == (10, ["all"])
    assert (second["project_id"], second["writable_environment_categories"]) == (None, [])
    assert {item["permission_level"] for item in answer} == {None}


@pytest.mark.parametrize(
    ("permission", "field"),
    [
        ({"permission_set": "god", "all_projects": True}, "permission_set"),
        ({"permission_set": "readonly"}, "project_id"),
        ({"permission_set": "readonly", "project_id": 999}, "project_id"),
    ],
)
def test_an_impossible_permission_is_refused(owner, permission, field):
    made = group(owner)

    assert set(owner.post(f"{PERMISSIONS}{made['id']}/", [permission], status=400)) == {field}
    assert owner.get(f"{GROUPS}{made['id']}/")["group_permissions"] == []


def test_a_group_is_renamed_keeping_its_permissions_and_deleted_by_its_state(owner):
    made = group(owner)
    permissions = [{"permission_set": "readonly", "all_projects": True}]
    answer = owner.post(f"{PERMISSIONS}{made['id']}/", permissions)
    path = f"{GROUPS}{made['id']}/"

    renamed = owner.post(path, {"name": "Readers"})
    owner.post(path, {"name": "Readers", "state": 2})

    assert (renamed["name"], renamed["group_permissions"]) == ("Readers", answer)
    owner.get(path, status=404)


def test_users_are_returned_with_the_groups_they_are_in(owner):
    first, second = group(owner, "a"), group(owner, "b")

    assigned = owner.post(
        f"/v3/accounts/{ACCOUNT}/assign-groups/",
        {"user_id": 1, "desired_group_ids": [first["id"], second["id"]]},
    )
    owner.post(f"{GROUPS}{second['id']}/", {"name": "b", "state": 2})
    (user,) = owner.get(f"/v3/accounts/{ACCOUNT}/users/")

    assert [item["id"] for item in assigned] == [first["id"], second["id"]]
    assert (user["id"], user["email"]) == (1, "owner@example.com")
    assert [item["id"] for item in user["permissions"][0]["groups"]] == [first["id"]]
    assert owner.get(f"/v2/accounts/{ACCOUNT}/users/1/") == user
    assert owner.get("/v2/whoami/")["user"] == user


def test_a_user_is_put_only_into_groups_that_exist(owner):
    body = {"user_id": 1, "desired_group_ids": [999]}

    owner.post(f"/v3/accounts/{ACCOUNT}/assign-groups/", body, status=400)
    owner.get(f"/v2/accounts/{ACCOUNT}/users/99/", status=404)
