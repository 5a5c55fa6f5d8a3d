"""An account in which people have made things by hand."""

from dataclasses import dataclass
from typing import Any

import httpx

from localcloud.testing import NO_TLS, TOKEN, RunningCloud
from tests.infra.engine.deployment import ANALYTICS_CI, ANALYTICS_PRODUCTION, ANALYTICS_PROJECT

NIGHTLY = {
    "triggers": {"schedule": True},
    "schedule": {"date": {"type": "every_day"}, "time": {"type": "at_exact_hours", "hours": [2]}},
}
ON_MERGE = {"triggers": {"on_merge": True}}
ON_PULL_REQUEST = {
    "environment_id": ANALYTICS_CI,
    "deferring_environment_id": ANALYTICS_PRODUCTION,
    "execute_steps": ["dbt build --select state:modified+"],
    "execution": {"timeout_seconds": 3600},
    "triggers": {"github_webhook": True, "git_provider_webhook": True},
}
NO_TRIGGER = {
    "github_webhook": False,
    "git_provider_webhook": False,
    "schedule": False,
    "on_merge": False,
}
HOURLY = {"date": {"type": "every_day"}, "time": {"type": "every_hour", "interval": 1}}


@dataclass(frozen=True)
class Account:
    """What a person does in dbt Cloud's pages."""

    cloud: RunningCloud

    def job(self, name: str, **settings: Any) -> int:
        """Make a job in the production environment of project 10 and return its number."""
        body = {
            "account_id": 1,
            "project_id": ANALYTICS_PROJECT,
            "environment_id": ANALYTICS_PRODUCTION,
            "execute_steps": ["dbt build"],
            "settings": {"threads": 4, "target_name": "default"},
            "execution": {"timeout_seconds": 86_400},
            "schedule": HOURLY,
            **settings,
            "name": name,
            "triggers": {**NO_TRIGGER, **settings.get("triggers", {})},
        }
        return self.post("/v2/accounts/1/jobs/", body)["id"]

    def token(self, name: str, permission_set: str = "member", project_id: int | None = None):
        """Make a service token and return its number."""
        token_id = self.post("/v3/accounts/1/service-tokens/", {"account_id": 1, "name": name})[
            "id"
        ]
        permission = {
            "account_id": 1,
            "service_token_id": token_id,
            "permission_set": permission_set,
            "all_projects": project_id is None,
            "project_id": project_id,
        }
        self.post(f"/v3/accounts/1/service-tokens/{token_id}/permissions/", [permission])
        return token_id

    def run(self, job_id: int) -> int:
        """Start a run; the local dbt Cloud ends it at once."""
        return self.post(f"/v2/accounts/1/jobs/{job_id}/run/", {"cause": "By hand"})["id"]

    def all_runs(self) -> list[dict[str, Any]]:
        return self.cloud.control.resources().get("run", [])

    def runs(self, job_id: int) -> list[dict[str, Any]]:
        return [run for run in self.all_runs() if run["job_id"] == job_id]

    def post(self, path: str, body: Any) -> Any:
        answer = httpx.post(
            f"{self.cloud.url}{path}",
            json=body,
            headers={"Authorization": f"Token {TOKEN}"},
            trust_env=False,
            verify=NO_TLS,
        )
        assert answer.is_success, answer.text
        return answer.json()["data"]
