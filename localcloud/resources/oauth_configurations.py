"""OAuth configurations, which connections refer to."""

from typing import Any

from pydantic import Field

from localcloud.http.answers import Answer, created
from localcloud.http.body import Body
from localcloud.http.listing import list_page
from localcloud.http.operation import Call, Routes
from localcloud.resources.deletion import delete
from localcloud.resources.records import changed, new_record
from localcloud.state.store import ACTIVE, DELETED, Doc

ROUTES = Routes("connections")


class OauthConfigurationBody(Body):
    """What a configuration is made or replaced with. The client's secret is accepted, never returned."""

    type: str
    name: str = Field(min_length=1)
    client_id: str = ""
    client_secret: str | None = None
    authorize_url: str = ""
    token_url: str = ""
    redirect_uri: str = ""
    state: int = ACTIVE
    extra_data: dict[str, Any] | None = None


_A = "/v3/accounts/{account_id}/oauth-configurations/"


@ROUTES.get(_A)
def list_oauth_configurations(call: Call) -> Answer:
    """The configurations. Source: dbt Cloud's OpenAPI, version 3."""
    return list_page(call, "oauth_configuration", project_field=None).answer()


@ROUTES.post(_A)
def create_oauth_configuration(call: Call) -> Answer:
    """A new configuration. Source: the provider's `oauth_configuration.go`."""
    fields = call.body.read(OauthConfigurationBody).model_dump(exclude={"client_secret"})
    return created(call.session.add("oauth_configuration", new_record(call, fields)))


@ROUTES.get(_A + "{configuration_id}/")
def get_oauth_configuration(call: Call) -> Answer:
    """A configuration. Source: the provider's `oauth_configuration.go`."""
    return Answer(_load(call))


@ROUTES.post(_A + "{configuration_id}/")
def update_oauth_configuration(call: Call) -> Answer:
    """Replace a configuration, or delete it with `state: 2`.

    Source: the provider's `oauth_configuration.go`.
    """
    configuration = _load(call)
    body = call.body.read(OauthConfigurationBody)
    if body.state == DELETED:
        return Answer(delete(call.session, "oauth_configuration", configuration))
    changes = body.model_dump(exclude={"client_secret"})
    return Answer(call.session.put("oauth_configuration", changed(call, configuration, changes)))


@ROUTES.delete(_A + "{configuration_id}/")
def remove_oauth_configuration(call: Call) -> Answer:
    """Delete a configuration. Source: dbt Cloud's OpenAPI, version 3."""
    return Answer(delete(call.session, "oauth_configuration", _load(call)))


def _load(call: Call) -> Doc:
    return call.load("oauth_configuration", call.param("configuration_id"))
