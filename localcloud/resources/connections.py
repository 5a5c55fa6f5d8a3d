"""Global connections: how dbt Cloud reaches a data warehouse."""

from typing import Any

from pydantic import Field

from localcloud.http.answers import Answer, created
from localcloud.http.body import ClosedBody
from localcloud.http.errors import InvalidRequestError
from localcloud.http.listing import list_page
from localcloud.http.operation import Call, Routes
from localcloud.resources.adapters import ADAPTERS, Adapter
from localcloud.resources.deletion import delete
from localcloud.resources.records import changed, new_record
from localcloud.state.query import equals
from localcloud.state.store import ACTIVE, Doc

ROUTES = Routes("connections")


class ConnectionBody(ClosedBody):
    """What a connection is made with."""

    account_id: int | None = None
    id: int | None = None
    state: int = ACTIVE
    name: str = Field(min_length=1)
    adapter_version: str
    config: dict[str, Any]
    private_link_endpoint_id: str | None = None
    oauth_configuration_id: int | None = None
    is_ssh_tunnel_enabled: bool = False


class ConnectionUpdateBody(ClosedBody):
    """What an update may change; null clears, what is absent stays. Not the adapter."""

    account_id: int | None = None
    id: int | None = None
    name: str = Field(default="", min_length=1)
    config: dict[str, Any] = Field(default_factory=dict)
    private_link_endpoint_id: str | None = None
    oauth_configuration_id: int | None = None
    is_ssh_tunnel_enabled: bool = False


_A = "/v3/accounts/{account_id}/connections/"


@ROUTES.get(_A)
def list_connections(call: Call) -> Answer:
    """The connections. Source: the provider's `global_connections.go`."""
    filters = {"name": "name", "name__icontains": "name", "adapter_version": "adapter_version"}
    page = list_page(call, "connection", filters=filters, project_field=None)
    page.items[:] = [
        {**connection, "environment__count": _environments(call, connection)}
        for connection in page.items
    ]
    return page.answer()


@ROUTES.post(_A)
def create_connection(call: Call) -> Answer:
    """A new connection. Source: the provider's `global_connection.go`."""
    body = call.body.read(ConnectionBody)
    adapter = ADAPTERS.get(body.adapter_version)
    if adapter is None:
        problem = f"unknown; known are: {', '.join(sorted(ADAPTERS))}"
        raise InvalidRequestError({"adapter_version": problem})
    _check_config(adapter, body.config, whole=True)
    _check_oauth(call, body.oauth_configuration_id)
    template = {**dict.fromkeys(adapter.required), **adapter.defaults}
    fields = {
        "name": body.name,
        "adapter_version": body.adapter_version,
        "is_ssh_tunnel_enabled": body.is_ssh_tunnel_enabled,
        "private_link_endpoint_id": body.private_link_endpoint_id,
        "oauth_configuration_id": body.oauth_configuration_id,
        "config": {**template, **_public(adapter, body.config)},
    }
    return created(call.session.add("connection", new_record(call, fields)))


@ROUTES.get(_A + "{connection_id}/")
def get_connection(call: Call) -> Answer:
    """A connection. Source: the provider's `global_connection.go`."""
    return Answer(_load(call))


@ROUTES.patch(_A + "{connection_id}/")
def update_connection(call: Call) -> Answer:
    """Change what the body has. Source: the provider's `global_connection.go`."""
    connection = _load(call)
    sent = call.body.read(ConnectionUpdateBody).model_dump(exclude_unset=True)
    config = sent.pop("config", {})
    adapter = ADAPTERS[connection["adapter_version"]]
    _check_config(adapter, config, whole=False)
    _check_oauth(call, sent.get("oauth_configuration_id"))
    changes = {key: value for key, value in sent.items() if key not in ("id", "account_id")}
    changes["config"] = {**connection["config"], **_public(adapter, config)}
    return Answer(call.session.put("connection", changed(call, connection, changes)))


@ROUTES.delete(_A + "{connection_id}/")
def remove_connection(call: Call) -> Answer:
    """Delete a connection; refused while an environment uses it (an inference).

    Source: the provider's `global_connection.go`.
    """
    connection = _load(call)
    count = _environments(call, connection)
    if count:
        problem = f"{count} environment{'s use' if count > 1 else ' uses'} this connection"
        raise InvalidRequestError({"connection": problem})
    return Answer(delete(call.session, "connection", connection))


def _load(call: Call) -> Doc:
    return call.load("connection", call.param("connection_id"))


def _environments(call: Call, connection: Doc) -> int:
    where = [
        equals("account_id", call.account_id),
        equals("state", ACTIVE),
        equals("connection_id", connection["id"]),
    ]
    return call.session.count("environment", where)


def _check_oauth(call: Call, configuration_id: int | None) -> None:
    if configuration_id is not None:
        call.referred("oauth_configuration", configuration_id, "oauth_configuration_id")


def _check_config(adapter: Adapter, config: dict[str, Any], *, whole: bool) -> None:
    """Refuse settings the adapter lacks, and in a whole configuration missing ones."""
    allowed = adapter.settings | (adapter.only_created if whole else frozenset())
    problems = dict.fromkeys(sorted(set(config) - allowed), "extra fields not permitted")
    if whole:
        missing = [name for name in adapter.required if config.get(name) is None]
        problems.update(dict.fromkeys(missing, "required key not provided"))
    if problems:
        raise InvalidRequestError({"config": problems})


def _public(adapter: Adapter, config: dict[str, Any]) -> dict[str, Any]:
    """The settings that answers have. Secrets are dropped: nothing here uses them."""
    hidden = adapter.secrets | adapter.only_created
    return {key: value for key, value in config.items() if key not in hidden}
