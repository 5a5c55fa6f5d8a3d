"""What is looked at before a job's own value of an environment variable is created, in preview and in up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.engine.guard import whole_number
from pulumi_dbtcloud_datafold.engine.repeated_create import SecondThingGuard


@dataclass(kw_only=True)
class VariableGuard(SecondThingGuard):
    """The checks of one value: dbt Cloud refuses a second one."""

    thing: ClassVar[str] = "environment variable override"
    place: ClassVar[str] = "the job's settings, Environment variables"

    def alike(self, api: DbtCloudApi, inputs: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """Return the value that the job has; none for a job that is itself still to be created."""
        project_id, job_id = (
            whole_number(inputs.get(key)) for key in ("projectId", "jobDefinitionId")
        )
        if project_id is None or job_id is None:
            return ()
        scopes = api.variables_of_job(project_id, job_id).get(str(inputs.get("name"))) or {}
        return [scopes["job"]] if scopes.get("job") else ()
