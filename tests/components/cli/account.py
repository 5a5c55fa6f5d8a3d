"""An account in which people have made things by hand."""

from dataclasses import dataclass
from typing import Any

from localcloud.testing import TOKEN, RunningCloud
from tests.infra.engine.deployment import ANALYTICS_CI, ANALYTICS_PRODUCTION
from tests.localcloud.contract.client import Client, triggers

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
HOURLY = {"date": {"type": "every_day"}, "time": {"type": "every_hour", "interval": 1}}


@dataclass(frozen=True)
class Account:
    """What a person does in dbt Cloud's pages."""

    cloud: RunningCloud

    @property
    def client(self) -> Client:
        return Client(self.cloud, TOKEN)

    def job(self, name: str, **settings: Any) -> int:
        """Make a job in the production environment of project 10 and return its number."""
        usual = {
            "settings": {"threads": 4, "target_name": "default"},
            "execution": {"timeout_seconds": 86_400},
            "schedule": HOURLY,
        }
        on = triggers(**settings.pop("triggers", {}))
        return self.client.job(**usual | settings, name=name, triggers=on)["id"]

    def token(self, name: str, permission_set: str = "member", project_id: int | None = None):
        """Make a service token and return its number."""
        where = {"all_projects": project_id is None, "project_id": project_id}
        return self.client.token({"permission_set": permission_set, **where}, name=name)["id"]

    def run(self, job_id: int) -> int:
        """Start a run; the local dbt Cloud ends it at once."""
        return self.client.run(job_id, cause="By hand")["id"]

    def all_runs(self) -> list[dict[str, Any]]:
        return self.cloud.control.resources().get("run", [])

    def runs(self, job_id: int) -> list[dict[str, Any]]:
        return [run for run in self.all_runs() if run["job_id"] == job_id]
