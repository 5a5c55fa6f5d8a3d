"""Every operation of the API."""

from localcloud.http.operation import Operation
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
