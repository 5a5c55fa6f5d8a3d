import pytest

from tests.localcloud.contract.client import (
    ACCOUNT,
    CI,
    DEVELOPMENT,
    OTHER_PROJECT,
    PRODUCTION,
    PROJECT,
)

PATH = f"/v3/accounts/{ACCOUNT}/projects/{PROJECT}/environments/"
BODY = {
    # As the Terraform provider sends it, with its nested zero values.
    **{"state": 1, "account_id": 1, "project_id": PROJECT, "name": "Staging", "type": "deployment"},
    **{"dbt_version": "latest", "use_custom_branch": False, "supports_docs": False},
    **dict.fromkeys(("custom_branch", "created_at", "updated_at", "jobs", "credentials")),
    "custom_environment_variables": None,
    "project": {"name": "", "description": "", "type": 0, "state": 0, "account_id": 0},
}


def test_what_breaks_strict_decoding_is_null(owner):
    made = owner.post(PATH, BODY)

    names = ("jobs", "custom_environment_variables", "project", "credentials", "connection_id")
    assert {made[name] for name in names} == {None}
    assert made["primary_profile_id"] is None


def test_the_account_lists_environments_of_all_projects_or_one(owner):
    everything = owner.get(f"/v3/accounts/{ACCOUNT}/environments/")
    one = owner.get(f"/v3/accounts/{ACCOUNT}/environments/?project_id={PROJECT}")

    assert {item["project_id"] for item in everything} == {PROJECT, OTHER_PROJECT}
    assert [item["id"] for item in one] == [PRODUCTION, CI, DEVELOPMENT]
    assert one == owner.get(PATH)
    assert one[1] == owner.get(f"/v2/accounts/{ACCOUNT}/environments/{CI}/")


def test_an_update_replaces_the_whole(owner):
    made = owner.post(
        PATH,
        {**BODY, "deployment_type": "staging", "use_custom_branch": True, "custom_branch": "x"},
    )

    reset = owner.post(f"{PATH}{made['id']}/", {"name": "Renamed", "type": "deployment"})

    assert reset["name"] == "Renamed"
    assert reset["deployment_type"] is None
    assert reset["use_custom_branch"] is False
    assert reset["custom_branch"] is None
    assert reset["created_at"] == made["created_at"]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [("versionless", "latest"), (None, "latest"), ("latest-fusion", "latest-fusion")],
)
def test_the_dbt_version_is_reported_by_its_newer_name(owner, sent, expected):
    made = owner.post(PATH, {**BODY, "dbt_version": sent})

    assert (made["dbt_version"], made["raw_dbt_version"]) == (expected, expected)


def test_ids_of_zero_read_as_not_set(owner):
    made = owner.post(PATH, {**BODY, "connection_id": 0, "credentials_id": 0})

    assert (made["connection_id"], made["credentials_id"]) == (None, None)


def test_the_type_of_an_environment_stays(owner):
    owner.post(f"{PATH}{DEVELOPMENT}/", {**BODY, "type": "deployment"}, status=400)


def test_an_environment_may_keep_being_the_only_production_one(owner):
    updated = owner.change(f"{PATH}{PRODUCTION}/", name="Prod")

    assert (updated["name"], updated["deployment_type"]) == ("Prod", "production")


def test_after_the_production_environment_is_deleted_another_may_take_its_place(owner):
    deleted = owner.delete(f"{PATH}{PRODUCTION}/", status=200)
    owner.delete(f"{PATH}{PRODUCTION}/", status=404)

    made = owner.post(PATH, {**BODY, "deployment_type": "production"})

    assert (deleted["id"], deleted["state"]) == (PRODUCTION, 2)
    assert [item["id"] for item in owner.get(PATH)] == [CI, DEVELOPMENT, made["id"]]
