"""Credentials of a project: how dbt signs in to the data warehouse.

Two shapes: the older ones have their settings at the top (Snowflake, Postgres, Redshift,
BigQuery), those of `type` "adapter" have them in `credential_details.fields` and return the public
ones in `unencrypted_credential_details`. Secrets are accepted and never returned.
"""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from localcloud.http.answers import Answer, created
from localcloud.http.body import Body
from localcloud.http.errors import InvalidRequestError
from localcloud.http.listing import list_page
from localcloud.http.operation import Call, Routes
from localcloud.resources.deletion import delete
from localcloud.resources.records import new_record
from localcloud.state.query import equals
from localcloud.state.store import ACTIVE, Doc

ROUTES = Routes("credentials")

DEFAULT_TARGET_NAME = "default"
"""Source: the provider's acceptance tests of adapter credentials."""

_SECRETS = frozenset(
    {"password", "private_key", "private_key_passphrase", "token", "client_secret"}
)
_NOT_SETTINGS = frozenset({"credential_details", "unencrypted_credential_details", "adapter"})


class FieldBody(Body):
    """One setting of an adapter's credentials."""

    metadata: dict[str, Any] = Field(default_factory=dict)
    value: Any = None


class DetailsBody(Body):
    """The settings of an adapter's credentials."""

    fields: dict[str, FieldBody] = Field(default_factory=dict)
    field_order: list[str] = Field(default_factory=list)


class CredentialBody(Body):
    """Credentials; the settings of the older shape are stored as sent."""

    model_config = ConfigDict(extra="allow")

    id: int | None = None
    account_id: int | None = None
    project_id: int | None = None
    type: Literal["snowflake", "postgres", "redshift", "bigquery", "adapter"]
    state: Literal[0, 1, 2] = ACTIVE
    threads: int | None = None
    credential_details: DetailsBody | None = None


class CredentialUpdateBody(CredentialBody):
    """What an update may change; what is absent stays."""

    type: Literal["snowflake", "postgres", "redshift", "bigquery", "adapter"] | None = None  # type: ignore[assignment]  # an update need not repeat it


_P = "/v3/accounts/{account_id}/projects/{project_id}/credentials/"


@ROUTES.get(_P)
def list_credentials(call: Call) -> Answer:
    """The project's credentials. Source: dbt Cloud's OpenAPI, version 3."""
    where = [equals("project_id", call.project()["id"])]
    return list_page(call, "credential", where, default_state="all").answer()


@ROUTES.post(_P)
def create_credential(call: Call) -> Answer:
    """New credentials. Source: the provider's `*_credential.go`."""
    project = call.project()
    body = call.body.read(CredentialBody)
    # The body has the state, too.
    doc = {**new_record(call, {"project_id": project["id"]}, timestamp=None), **_settings(body)}
    if body.type == "adapter":
        if body.credential_details is None:
            problem = "required key not provided"
            raise InvalidRequestError({"credential_details": problem})
        doc.setdefault("target_name", DEFAULT_TARGET_NAME)
        doc = _with_details(doc, {}, body.credential_details)
    return created(call.session.add("credential", doc))


@ROUTES.get(_P + "{credential_id}/")
def get_credential(call: Call) -> Answer:
    """Credentials without their secrets. Source: the provider's `*_credential.go`."""
    return Answer(_load(call))


@ROUTES.post(_P + "{credential_id}/")
@ROUTES.patch(_P + "{credential_id}/")
def update_credential(call: Call) -> Answer:
    """Change credentials, field by field.

    A changed `schema` or `threads` at the top also goes into the details, where later reads
    look for it.

    Source: the provider's `databricks_credential.go` and `bigquery_credential.go`.
    """
    credential = _load(call)
    body = call.body.read(CredentialUpdateBody)
    if body.type not in (None, credential["type"]):
        raise InvalidRequestError({"type": "the type of credentials cannot change"})
    sent = _settings(body, changed_only=True)
    doc = {**credential, **sent, "type": credential["type"]}
    if credential["type"] == "adapter":
        fields = credential["credential_details"]["fields"]
        doc = _with_details(doc, fields, body.credential_details or DetailsBody())
        public = doc["unencrypted_credential_details"]
        for name in ("schema", "threads", "target_name"):
            if sent.get(name) is not None and name in fields:
                public[name] = sent[name]
                doc["credential_details"]["fields"][name]["value"] = sent[name]
    return Answer(call.session.put("credential", doc))


@ROUTES.delete(_P + "{credential_id}/")
def remove_credential(call: Call) -> Answer:
    """Delete credentials. Source: the provider's `*_credential.go`."""
    return Answer(delete(call.session, "credential", _load(call)))


def _load(call: Call) -> Doc:
    return call.load_in_project("credential", call.param("credential_id"))


def _settings(body: CredentialBody, *, changed_only: bool = False) -> Doc:
    """The top-level settings without ids, details and secrets."""
    own = {"id", "account_id", "project_id"} | _NOT_SETTINGS | _SECRETS
    return body.model_dump(exclude=own, exclude_unset=changed_only)


def _with_details(doc: Doc, fields: dict[str, Any], details: DetailsBody) -> Doc:
    """The credentials with the sent fields over those they have, secrets left out."""
    merged = dict(fields)
    for name, field in details.fields.items():
        secret = name in _SECRETS or bool(field.metadata.get("encrypt"))
        kept = {**merged.get(name, {}).get("metadata", {}), **field.metadata}
        merged[name] = {"metadata": kept, "value": None if secret else field.value}
    public = {
        name: field["value"]
        for name, field in merged.items()
        if name not in _SECRETS and not field["metadata"].get("encrypt")
    }
    public.setdefault("threads", doc.get("threads"))
    public.setdefault("target_name", doc.get("target_name"))
    order = details.field_order or doc.get("credential_details", {}).get("field_order", [])
    return {
        **doc,
        "credential_details": {"fields": merged, "field_order": order},
        "unencrypted_credential_details": public,
    }
