"""Lists: the page of resources that a query asks for, of those the caller may see."""

from collections.abc import Mapping, Sequence

from localcloud.http.answers import Page
from localcloud.http.operation import Call
from localcloud.state.query import Condition, equals, one_of


def list_page(
    call: Call,
    kind: str,
    where: Sequence[Condition] = (),
    *,
    filters: Mapping[str, str] | None = None,
    default_state: str = "active",
    project_field: str | None = "project_id",
) -> Page:
    """The page of a kind of resource that the query asks for.

    Args:
        call: The request.
        kind: What to list.
        where: Conditions besides the query's.
        filters: See `RequestQuery.conditions`.
        default_state: The `state` filter when the query has none.
        project_field: Which field names the project that permissions go by; none: the kind
            belongs to no project.
    """
    filters = filters or {}
    query = call.query
    state_name, state = query.state(default_state)
    conditions = [equals("account_id", call.account_id), *where, *query.conditions(filters)]
    if state is not None:
        conditions.append(equals("state", state))
    visible = call.principal.visible_projects(call.operation.resource)
    if project_field is not None and visible is not None:
        conditions.append(one_of(project_field, sorted(visible)))
    limit, offset = query.window()
    order_by = query.order_by()
    echoed = {key: query.last(key) for key in filters if query.values(key)}
    return Page(
        call.session.find(kind, conditions, order_by=order_by, limit=limit, offset=offset),
        call.session.count(kind, conditions),
        limit,
        offset,
        order_by,
        {"state": state_name, "account_id": call.account_id, **echoed},
    )
