"""SSH tunnels of connections, which the API calls encryptions."""

from typing import Literal

from pydantic import Field

from localcloud.http.answers import Answer, created
from localcloud.http.body import Body
from localcloud.http.listing import list_page
from localcloud.http.operation import Call, Routes
from localcloud.resources.deletion import delete
from localcloud.resources.records import new_record
from localcloud.resources.repositories import public_key
from localcloud.state.store import ACTIVE, DELETED

ROUTES = Routes("connections")


class EncryptionBody(Body):
    """A tunnel. An update sends it whole."""

    connection_id: int
    username: str
    hostname: str
    port: int = Field(ge=1, le=65535)
    state: Literal[1, 2] = ACTIVE


_A = "/v2/accounts/{account_id}/encryptions/"


@ROUTES.get(_A)
def list_encryptions(call: Call) -> Answer:
    """The tunnels, of one connection when asked. Source: the provider's `global_connection.go`."""
    filters = {"connection_id": "connection_id"}
    return list_page(call, "encryption", filters=filters, project_field=None).answer()


@ROUTES.post(_A)
def create_encryption(call: Call) -> Answer:
    """A new tunnel, with a public key for the other end.

    The connection's `is_ssh_tunnel_enabled` is a matter of its own, as in dbt Cloud.

    Source: the provider's `global_connection.go`.
    """
    body = call.body.read(EncryptionBody)
    call.referred("connection", body.connection_id, "connection_id")
    tunnel_id = call.session.next_id()
    fields = {
        "id": tunnel_id,
        **body.model_dump(),
        "public_key": public_key(f"tunnel {tunnel_id}"),
    }
    return created(call.session.add("encryption", new_record(call, fields, timestamp=None)))


@ROUTES.post(_A + "{encryption_id}/")
def update_encryption(call: Call) -> Answer:
    """Change a tunnel, or delete it with `state: 2`, also when its connection is gone already.

    Source: the provider's `global_connection.go`.
    """
    tunnel = call.load("encryption", call.param("encryption_id"))
    body = call.body.read(EncryptionBody)
    if body.state == DELETED:
        return Answer(delete(call.session, "encryption", tunnel))
    return Answer(call.session.put("encryption", {**tunnel, **body.model_dump()}))
