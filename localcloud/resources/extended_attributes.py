"""Extended attributes: free settings laid over an environment's connection."""

import json
from typing import Any, Literal

from localcloud.http.answers import Answer, created
from localcloud.http.body import Body
from localcloud.http.errors import InvalidRequestError
from localcloud.http.listing import list_page
from localcloud.http.operation import Call, Routes
from localcloud.resources.deletion import delete
from localcloud.resources.records import new_record
from localcloud.state.query import equals
from localcloud.state.store import ACTIVE, Doc

ROUTES = Routes("environments")

MAX_BYTES = 4096
"""How long they may be as JSON. Source: dbt Cloud's OpenAPI, version 3."""


class ExtendedAttributesBody(Body):
    """The attributes. Their keys keep their order: clients compare the text."""

    extended_attributes: dict[str, Any]
    state: Literal[1, 2] = ACTIVE


_P = "/v3/accounts/{account_id}/projects/{project_id}/extended-attributes/"


@ROUTES.get(_P)
def list_extended_attributes(call: Call) -> Answer:
    """The project's extended attributes. Source: dbt Cloud's OpenAPI, version 3."""
    return list_page(
        call, "extended_attributes", [equals("project_id", call.project()["id"])]
    ).answer()


@ROUTES.post(_P)
def create_extended_attributes(call: Call) -> Answer:
    """New extended attributes. Source: the provider's `extended_attributes.go`."""
    fields = {"project_id": call.project()["id"], "extended_attributes": _checked(call)}
    record = new_record(call, fields, timestamp=None)
    return created(call.session.add("extended_attributes", record))


@ROUTES.get(_P + "{attributes_id}/")
def get_extended_attributes(call: Call) -> Answer:
    """Extended attributes. Source: the provider's `extended_attributes.go`."""
    return Answer(_load(call))


@ROUTES.patch(_P + "{attributes_id}/")
def update_extended_attributes(call: Call) -> Answer:
    """Put other attributes in their place. Source: the provider's `extended_attributes.go`."""
    doc = {**_load(call), "extended_attributes": _checked(call)}
    return Answer(call.session.put("extended_attributes", doc))


@ROUTES.delete(_P + "{attributes_id}/")
def remove_extended_attributes(call: Call) -> Answer:
    """Delete extended attributes. Source: the provider's `extended_attributes.go`."""
    return Answer(delete(call.session, "extended_attributes", _load(call)))


def _load(call: Call) -> Doc:
    return call.load_in_project("extended_attributes", call.param("attributes_id"))


def _checked(call: Call) -> dict[str, Any]:
    attributes = call.body.read(ExtendedAttributesBody).extended_attributes
    size = len(json.dumps(attributes, ensure_ascii=False, separators=(",", ":")).encode())
    if size > MAX_BYTES:
        problem = f"{size} bytes as JSON, at most {MAX_BYTES} are allowed"
        raise InvalidRequestError({"extended_attributes": problem})
    return attributes
