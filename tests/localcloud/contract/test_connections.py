"""Global connections, their SSH tunnels and OAuth configurations."""

import pytest

from localcloud.resources.adapters import ADAPTERS
from tests.localcloud.contract.client import ACCOUNT, CI, PROJECT

PATH = f"/v3/accounts/{ACCOUNT}/connections/"
SNOWFLAKE = {"account": "a", "database": "d", "warehouse": "w"}
SPARK = {"host": "h", "method": "http", "cluster": "c", "kerberos_service_name": None}


def connect(owner, adapter="snowflake_v0", config=SNOWFLAKE, **more):
    body = {"name": "db", "account_id": 1, "adapter_version": adapter, "config": config}
    return owner.post(PATH, {**body, **more})


@pytest.mark.parametrize("adapter", sorted(ADAPTERS))
def test_every_adapter_is_taken_and_shows_every_key(owner, adapter):
    config = dict.fromkeys(ADAPTERS[adapter].required, "x")

    made = connect(owner, adapter, config)

    assert made == owner.get(f"{PATH}{made['id']}/")
    assert made["adapter_version"] == adapter
    assert config.items() <= made["config"].items()
    # Absent keys break the provider; null is fine.
    assert set(made["config"]) == ADAPTERS[adapter].settings - ADAPTERS[adapter].secrets
    assert {"private_link_endpoint_id", "oauth_configuration_id"} <= set(made)
    assert made["is_ssh_tunnel_enabled"] is False


def test_secrets_of_a_connection_are_never_returned_or_kept(owner, cloud):
    secret = {"oauth_client_id": "very", "oauth_client_secret": "hidden-value"}

    made = connect(owner, config={**SNOWFLAKE, **secret})

    assert not set(secret) & set(made["config"])
    assert "hidden-value" not in str(cloud.control.resources())


def test_an_update_changes_what_it_has_and_clears_with_null(owner):
    made = connect(owner, config={**SNOWFLAKE, "role": "r", "allow_sso": True})

    changed = owner.patch(f"{PATH}{made['id']}/", {"account_id": 1, "config": {"role": None}})
    renamed = owner.patch(f"{PATH}{made['id']}/", {"name": "new", "config": {}})

    assert changed["config"] == {**made["config"], "role": None}
    assert (renamed["name"], renamed["config"]) == ("new", changed["config"])
    body = {"adapter_version": "snowflake_v0", "config": {}}
    problems = owner.patch(f"{PATH}{made['id']}/", body, status=400)
    assert problems == {"adapter_version": "extra fields not permitted"}


def test_the_newer_bigquery_adapter_has_another_timeout(owner):
    older = connect(owner, "bigquery_v0", {"project_id": "p"})["config"]
    newer = connect(owner, "bigquery_v1", {"project_id": "p", "job_execution_timeout_seconds": 5})

    assert older["timeout_seconds"] == 300
    # The newer one accepts the older timeout only when it is made.
    timeout = {"timeout_seconds": 300}
    odd = connect(owner, "bigquery_v1", {"project_id": "p", **timeout})
    problems = owner.patch(f"{PATH}{odd['id']}/", {"config": timeout}, status=400)
    assert problems == {"config": {"timeout_seconds": "extra fields not permitted"}}
    assert "timeout_seconds" not in {**newer["config"], **odd["config"]}
    assert newer["config"]["job_execution_timeout_seconds"] == 5
    assert len(older["scopes"]) == 3


def test_a_listed_connection_shows_how_many_environments_use_it(owner):
    made = connect(owner)
    path = f"/v3/accounts/{ACCOUNT}/projects/{PROJECT}/environments/{CI}/"
    owner.change(path, connection_id=made["id"])

    (listed,) = owner.get(PATH)
    owner.delete(f"{PATH}{made['id']}/", status=400)
    owner.change(path, connection_id=None)
    owner.delete(f"{PATH}{made['id']}/")

    assert listed["environment__count"] == 1
    owner.get(f"{PATH}{made['id']}/", status=404)


def test_a_tunnel_is_made_changed_and_deleted_after_its_connection(owner):
    connection = connect(owner, "postgres_v0", {"hostname": "h"})
    other = connect(owner, "redshift_v0", {"hostname": "h", "dbname": "d"})
    tunnels = f"/v2/accounts/{ACCOUNT}/encryptions/"
    of_connection, of_other = (
        f"{tunnels}?connection_id={owned['id']}&state=1" for owned in (connection, other)
    )
    body = {"account_id": 1, "connection_id": connection["id"], "username": "u", "port": 22}
    made = owner.post(tunnels, {"id": None, **body, "hostname": "bastion"})
    listed, of_the_other = owner.get(of_connection), owner.get(of_other)
    changed = owner.post(f"{tunnels}{made['id']}/", {**made, "port": 2222})
    shown = owner.get(f"{PATH}{connection['id']}/")["is_ssh_tunnel_enabled"]
    owner.delete(f"{PATH}{connection['id']}/")
    deleted = owner.post(f"{tunnels}{made['id']}/", {**changed, "state": 2})

    assert made["public_key"].startswith("ssh-ed25519 ")
    assert (listed, of_the_other) == ([made], [])
    assert (changed["port"], changed["public_key"]) == (2222, made["public_key"])
    # The flag is the connection's own, as in dbt Cloud.
    assert shown is False
    assert deleted["state"] == 2
    assert owner.get(of_connection) == []


def test_an_oauth_configuration_is_made_used_and_deleted(owner, cloud):
    path = f"/v3/accounts/{ACCOUNT}/oauth-configurations/"
    body = {"type": "entra", "name": "o", "client_id": "c", "client_secret": "hidden-value"}

    made = owner.post(path, body)
    connection = connect(owner, oauth_configuration_id=made["id"])
    renamed = owner.post(f"{path}{made['id']}/", {**body, "name": "p"})
    owner.delete(f"{path}{made['id']}/")

    assert connection["oauth_configuration_id"] == made["id"]
    assert renamed["name"] == "p"
    assert "client_secret" not in made
    assert "hidden-value" not in str(cloud.control.resources())
    owner.get(f"{path}{made['id']}/", status=404)


@pytest.mark.parametrize(
    ("adapter", "config"),
    [
        ("fabric_v0", {"server": "s", "database": "d", "driver": "ODBC Driver 17"}),
        ("synapse_v0", {"host": "h", "database": "d", "driver": "ODBC Driver 17"}),
        ("trino_v0", {"host": "h", "method": "ldap"}),
        *((name, SPARK) for name in ("apache_spark_v0", "databricks_spark_v0")),
    ],
)
def test_settings_that_the_provider_always_sends_are_accepted_and_returned(owner, adapter, config):
    made = connect(owner, adapter, config)

    assert config.items() <= owner.get(f"{PATH}{made['id']}/")["config"].items()
