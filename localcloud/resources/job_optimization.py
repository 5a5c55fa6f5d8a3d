"""A job's cost optimization: state-aware orchestration, dbt State, and the older switch for it.

`force_node_selection` is the older, inverse switch: false means state-aware orchestration is on. A job that
inherits takes dbt State from its environment (`enable_dbt_state`), and stands alone as dbt State itself does.
Source: dbt Cloud's OpenAPI, version 2, and the provider's `obj/job`.
"""

from typing import Any

from localcloud.http.errors import NotAllowedForJobTypeError
from localcloud.resources import accounts
from localcloud.state.store import Doc

_STATE_AWARE = "state_aware_orchestration"
_ENFORCED = "state_aware_orchestration_enforced"
_DBT_STATE = "dbt_state"
_INHERIT = "inherit_environment"


def computed(
    sent: dict[str, Any], job_type: str, account: Doc, environment: Doc, dbt_version: str
) -> Doc:
    """`cost_optimization_features` and `force_node_selection` as they will be.

    What the account or the environment is not entitled to is turned off without an error, as the
    API does.

    Args:
        sent: The two fields of the request that were sent; null counts as not sent.
        job_type: The job's type.
        account: The job's account.
        environment: The job's environment.
        dbt_version: The dbt version the job runs.

    Raises:
        NotAllowedForJobTypeError: State-aware settings for a CI or merge job.
    """
    features = sent.get("cost_optimization_features")
    force = sent.get("force_node_selection")
    reviewing = job_type in ("ci", "merge")
    if reviewing and (force is not None or _STATE_AWARE in (features or ())):
        message = (
            "State-aware orchestration is not for CI and merge jobs: leave out "
            "force_node_selection and state_aware_orchestration."
        )
        raise NotAllowedForJobTypeError(message)
    if features is None and force is False:
        features = [_STATE_AWARE]
    features = features or []
    if _INHERIT in features and accounts.has(account, _DBT_STATE):
        inherited = bool(environment.get("enable_dbt_state"))
        return {"cost_optimization_features": [_INHERIT], "force_node_selection": not inherited}
    if _DBT_STATE in features and accounts.has(account, _DBT_STATE):
        return {"cost_optimization_features": [_DBT_STATE], "force_node_selection": False}
    available = accounts.has(account, _ENFORCED) or (
        "fusion" in dbt_version
        and environment.get("deployment_type") in ("production", "staging")
        and accounts.has(account, _STATE_AWARE)
    )
    if _STATE_AWARE in features and available:
        kept = [feature for feature in features if feature not in (_DBT_STATE, _INHERIT)]
        return {"cost_optimization_features": kept, "force_node_selection": False}
    return {
        "cost_optimization_features": [],
        "force_node_selection": None if reviewing else True,
    }
