"""Accounts, and the features that are switched on in them."""

from localcloud.http.answers import Answer
from localcloud.http.body import ClosedBody
from localcloud.http.errors import NotFoundError
from localcloud.http.listing import list_page
from localcloud.http.operation import Call, Routes
from localcloud.state.store import Doc

ROUTES = Routes("account")
FEATURE_ROUTES = Routes("features")

FEATURES = (
    "advanced-ci",
    "partial-parsing",
    "repo-caching",
    "ai_features",
    "catalog-ingestion",
    "explorer-account-ui",
    "fusion-migration-permissions",
)
"""The switches the API shows. Source: the provider's `pkg/dbt_cloud/account_features.go`."""

ENTITLEMENTS = ("state_aware_orchestration", "state_aware_orchestration_enforced", "dbt_state")
"""What dbt Labs switches on for an account; no route shows or changes it.

With `state_aware_orchestration_enforced`, jobs have state-aware orchestration in every environment, with or
without Fusion. Source: the provider's acceptance tests, which run in such an account.
"""


class FeatureBody(ClosedBody):
    """One switch."""

    feature: str
    value: bool


@ROUTES.get("/v2/accounts/", "/v3/accounts/")
def list_accounts(call: Call) -> Answer:
    """The account of the token; a token opens one only.

    Source: the provider's `client.go`, which looks its account id up here before anything else.
    """
    page = list_page(call, "account", project_field=None)
    page.items[:] = [account_view(account) for account in page.items]
    return page.answer()


@ROUTES.get("/v2/accounts/{account_id}/", "/v3/accounts/{account_id}/")
def get_account(call: Call) -> Answer:
    """The account. Source: dbt Cloud's OpenAPI, version 2."""
    return Answer(account_view(call.account))


@FEATURE_ROUTES.get("/private/accounts/{account_id}/features/")
def get_features(call: Call) -> Answer:
    """All switches. Source: the provider's `account_features.go`."""
    return Answer(_switches(call.account))


@FEATURE_ROUTES.post("/private/accounts/{account_id}/features/")
def set_feature(call: Call) -> Answer:
    """Turn one switch. Source: the provider's `account_features.go`.

    Raises:
        NotFoundError: There is no such switch (an inference).
    """
    body = call.body.read(FeatureBody)
    if body.feature not in FEATURES:
        raise NotFoundError
    features = {**call.account["features"], body.feature: body.value}
    return Answer(_switches(call.session.put("account", {**call.account, "features": features})))


def has(account: Doc, feature: str) -> bool:
    """Whether a switch or entitlement of the account is on."""
    return bool(account["features"].get(feature))


def account_view(account: Doc) -> Doc:
    """The account as the API returns it.

    Source: `AuthResponseData` in the provider's `client.go` names the types that clients decode.
    """
    view = {key: value for key, value in account.items() if key != "features"}
    return {
        **view,
        "pending_cancel": False,
        "run_slots": 100,
        "developer_seats": 8,
        "it_seats": 1,
        "explorer_seats": 0,
        "read_only_seats": 50,
        "locked": False,
        "lock_reason": None,
        "lock_cause": None,
        "unlock_if_subscription_renewed": False,
        "develop_file_system": True,
        "queue_limit": 50,
        "run_duration_limit_seconds": 86400,
        "pod_memory_request_mebibytes": 600,
        "sso_reauth": False,
        "docs_job_id": None,
        "freshness_job_id": None,
        "docs_job": None,
        "freshness_job": None,
    }


def _switches(account: Doc) -> dict[str, bool]:
    return {feature: has(account, feature) for feature in FEATURES}
