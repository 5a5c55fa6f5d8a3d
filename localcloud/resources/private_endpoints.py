"""PrivateLink endpoints: dbt Labs sets them up, so there are none here."""

from localcloud.http.answers import Answer
from localcloud.http.listing import list_page
from localcloud.http.operation import Call, Routes

ROUTES = Routes("connections")


@ROUTES.get("/v3/accounts/{account_id}/private-endpoints/")
def list_private_endpoints(call: Call) -> Answer:
    """No endpoints. Source: the provider's `privatelink_endpoint.go`."""
    return list_page(call, "private_endpoint", project_field=None).answer()
