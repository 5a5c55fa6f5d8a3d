"""Every operation of the API, and calls of them by this server itself."""

import json
from collections.abc import Mapping
from typing import Final

from localcloud.http.body import RequestBody
from localcloud.http.operation import Call, Handler, Operation, Services
from localcloud.http.permissions import Grant, Principal
from localcloud.http.request_query import RequestQuery
from localcloud.resources import (
    accounts,
    connections,
    credentials,
    encryptions,
    environment_variable_overrides,
    environment_variables,
    environments,
    extended_attributes,
    groups,
    jobs,
    notifications,
    oauth_configurations,
    private_endpoints,
    profiles,
    projects,
    repositories,
    runs,
    service_tokens,
    users,
    webhooks,
)
from localcloud.state.store import Session

# Of two paths that fit a request the first one counts, so words stand before placeholders:
# `environment-variables/bulk/` before `environment-variables/{override_id}/`.
OPERATIONS: tuple[Operation, ...] = (
    *accounts.ROUTES,
    *accounts.FEATURE_ROUTES,
    *users.ROUTES,
    *groups.ROUTES,
    *projects.ROUTES,
    *repositories.ROUTES,
    *connections.ROUTES,
    *encryptions.ROUTES,
    *oauth_configurations.ROUTES,
    *private_endpoints.ROUTES,
    *environments.ROUTES,
    *profiles.ROUTES,
    *credentials.ROUTES,
    *extended_attributes.ROUTES,
    *environment_variables.ROUTES,
    *environment_variable_overrides.ROUTES,
    *jobs.ROUTES,
    *runs.ROUTES,
    *service_tokens.ROUTES,
    *webhooks.ROUTES,
    *notifications.ROUTES,
)
"""The operations, in the order they are tried."""

_BY_HANDLER: Final = {operation.handler: operation for operation in OPERATIONS}


def owner_call(
    session: Session,
    services: Services,
    account_id: int,
    handler: Handler,
    *,
    params: Mapping[str, object] | None = None,
    query: Mapping[str, object] | None = None,
    body: object = None,
) -> Call:
    """A call of an operation in the name of an owner of the account.

    Args:
        session: The state.
        services: What operations work with.
        account_id: The account.
        handler: The operation's.
        params: The placeholders of its path, but for the account.
        query: Keys and values of its query.
        body: The body, before it is made JSON. Default: none.
    """
    return Call(
        operation=_BY_HANDLER[handler],
        session=session,
        principal=Principal(0, account_id, (Grant("owner"),)),
        services=services,
        params={name: str(value) for name, value in (params or {}).items()},
        query=RequestQuery([(key, str(value)) for key, value in (query or {}).items()]),
        body=RequestBody(b"" if body is None else json.dumps(body).encode(), account_id),
    )
