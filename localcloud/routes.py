"""Every operation of the API."""

from localcloud.operation import Operation
from localcloud.resources import (
    accounts,
    environments,
    jobs,
    projects,
    repositories,
    service_tokens,
)
from localcloud.runs import routes as runs

OPERATIONS: tuple[Operation, ...] = (
    *accounts.ROUTES,
    *accounts.FEATURE_ROUTES,
    *projects.ROUTES,
    *repositories.ROUTES,
    *environments.ROUTES,
    *jobs.ROUTES,
    *service_tokens.ROUTES,
    *runs.ROUTES,
)
