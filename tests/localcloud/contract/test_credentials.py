import pytest

from tests.localcloud.contract.client import ACCOUNT, PROJECT

PATH = f"/v3/accounts/{ACCOUNT}/projects/{PROJECT}/credentials/"
SECRET = "hidden-value"

COMMON = {"id": None, "account_id": 1, "project_id": PROJECT, "state": 1}
SNOWFLAKE = {
    **COMMON,
    **{"type": "snowflake", "threads": 4, "user": "u", "auth_type": "password"},
    **{"database": "d", "role": "r", "warehouse": "w", "schema": "s", "password": SECRET},
}
POSTGRES = {
    **COMMON,
    **{"type": "postgres", "threads": 6, "username": "u", "default_schema": "s"},
    **{"target_name": "t", "password": SECRET},
}


def field(value, **metadata):
    return {"metadata": metadata, "value": value}


FIELDS = {"auth_type": field("token"), "token": field(SECRET, encrypt=True)}
FIELDS |= {"schema": field("s"), "catalog": field("c")}
DATABRICKS = {
    **COMMON,
    **{"type": "adapter", "adapter_version": "databricks_v0", "threads": 6},
    **{"target_name": "default", "credential_details": {"fields": FIELDS, "field_order": []}},
}


@pytest.mark.parametrize("body", [SNOWFLAKE, POSTGRES])
def test_credentials_of_the_older_shape_are_returned_without_secrets(owner, cloud, body):
    made = owner.post(PATH, body)

    public = {key: value for key, value in body.items() if key not in ("id", "password")}
    assert public.items() <= made.items()
    assert made == owner.get(f"{PATH}{made['id']}/")
    assert SECRET not in str(cloud.control.resources())


def test_credentials_may_be_inactive_keep_their_type_and_are_deleted(owner):
    made = owner.post(PATH, SNOWFLAKE)
    path = f"{PATH}{made['id']}/"
    updated = owner.post(path, {**SNOWFLAKE, "id": made["id"], "state": 0})

    assert updated["state"] == 0
    assert owner.get(path) == updated
    owner.post(path, {**SNOWFLAKE, "type": "redshift"}, status=400)
    owner.delete(path)
    owner.get(path, status=404)
    owner.delete(path, status=404)


def test_an_adapters_public_settings_are_kept_apart_from_the_fields(owner, cloud):
    made = owner.post(PATH, DATABRICKS)

    read = owner.get(f"{PATH}{made['id']}/?include_related=[adapter]")

    assert made["target_name"] == owner.get(PATH)[0]["target_name"] == "default"
    assert read["unencrypted_credential_details"] == {
        "auth_type": "token",
        "schema": "s",
        "catalog": "c",
        "threads": 6,
        "target_name": "default",
    }
    assert SECRET not in str(cloud.control.resources())


def test_an_adapters_settings_are_changed_one_by_one(owner):
    made = owner.post(PATH, DATABRICKS)
    change = {"fields": {"schema": field("new")}}

    owner.patch(f"{PATH}{made['id']}/", {"id": made["id"], "credential_details": change})

    public = owner.get(f"{PATH}{made['id']}/")["unencrypted_credential_details"]
    assert (public["schema"], public["catalog"]) == ("new", "c")


def test_a_setting_changed_at_the_top_is_changed_below_too(owner):
    details = {"fields": {"schema": field("s"), "threads": field(4)}, "field_order": []}
    body = {"type": "adapter", "adapter_version": "bigquery_v1", "credential_details": details}
    made = owner.post(PATH, body)

    owner.post(f"{PATH}{made['id']}/", {**made, "schema": "new", "threads": 8})

    public = owner.get(f"{PATH}{made['id']}/")["unencrypted_credential_details"]
    assert (public["schema"], public["threads"]) == ("new", 8)
