"""What a stack has declared, from its state; any stack with these components, in any language."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi_dbtcloud_datafold.cli.component_place import place
from pulumi_dbtcloud_datafold.cli.job_wording import SECRET_MARK

JOB = "dbtcloud:index/job:Job"
ENVIRONMENT = "dbtcloud:index/environment:Environment"
SERVICE_TOKEN = "dbtcloud:index/serviceToken:ServiceToken"  # noqa: S105 - a type
NOTIFICATION = "dbtcloud:index/notification:Notification"
WEBHOOK = "dbtcloud:index/webhook:Webhook"
PROVIDER = "pulumi:providers:dbtcloud"
VARIABLE = "dbtcloud:index/environmentVariableJobOverride:EnvironmentVariableJobOverride"

PRODUCTION, PULL_REQUEST, MERGE, ARTIFACTS = (
    "ProductionJob",
    "PullRequestJob",
    "MergeJob",
    "ArtifactsJob",
)
INTEGRATION = "dbtcloud-datafold:index:DatafoldIntegration"
DATAFOLD_TOKEN = "MemberServiceToken"  # noqa: S105 - a type

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Declared:
    """A resource of the stack.

    Attributes:
        component: Type of the component that declares it; empty without one.
        project: Name of the block or component that stands for its project.
        number: Its number in dbt Cloud; 0 where it has none or another kind of id.
    """

    urn: str
    id: str
    component: str
    project: str
    number: int
    inputs: Document
    outputs: Document

    @property
    def name(self) -> str:
        """Its name in dbt Cloud, or else in Pulumi."""
        return str(
            self.inputs.get("name") or self.outputs.get("name") or self.urn.rpartition("::")[2]
        )


@dataclass(frozen=True)
class StackState:
    """The resources of a stack, by kind and number.

    Attributes:
        variables: Values of environment variables for single jobs.
        provider: Inputs of the dbtcloud provider: how the stack itself reaches the account.
        artifacts_jobs: Numbers of the jobs that the integrations name for Datafold to read artifacts from.
    """

    jobs: Mapping[int, Declared]
    environments: Mapping[int, Declared]
    tokens: Mapping[int, Declared]
    notifications: Sequence[Declared] = field(default=())
    webhooks: Sequence[Declared] = field(default=())
    variables: Sequence[Declared] = field(default=())
    provider: Document = field(default_factory=dict)
    artifacts_jobs: frozenset[int] = field(default=frozenset())

    @property
    def projects(self) -> list[int]:
        """Numbers of the dbt Cloud projects, in order."""
        every = [*self.jobs.values(), *self.environments.values()]
        return sorted({int(one.inputs["projectId"]) for one in every})

    def with_role(self, *components: str) -> list[Declared]:
        """Return the jobs that these components declare."""
        return [job for job in self.jobs.values() if job.component in components]

    def sources(self) -> list[Declared]:
        """Return the jobs that Datafold reads artifacts from, one for each project of the stack."""
        found: dict[str, Declared] = {}
        both = [*self.with_role(ARTIFACTS), *self.with_role(MERGE)]
        for job in sorted(both, key=lambda job: job.number not in self.artifacts_jobs):
            found.setdefault(job.project, job)
        return list(found.values())


def read(resources: Iterable[Document]) -> StackState:
    """Return what the resources of a state declare, secrets decrypted if they are there in plain text."""
    by_kind: dict[str, list[Declared]] = {}
    artifacts_jobs = set()
    for resource in resources:
        if resource["type"] == INTEGRATION and "artifacts_job_id" in resource.get("outputs", {}):
            artifacts_jobs.add(int(resource["outputs"]["artifacts_job_id"]))
        # Pulumi keeps what it could not delete yet.
        if resource.get("custom") and not resource.get("delete"):
            by_kind.setdefault(resource["type"], []).append(_declared(resource))

    def numbered(kind: str) -> dict[int, Declared]:
        return {one.number: one for one in by_kind.get(kind, []) if one.number}

    return StackState(
        jobs=numbered(JOB),
        environments=numbered(ENVIRONMENT),
        tokens=numbered(SERVICE_TOKEN),
        notifications=by_kind.get(NOTIFICATION, []),
        webhooks=by_kind.get(WEBHOOK, []),
        variables=by_kind.get(VARIABLE, []),
        provider=next((one.inputs for one in by_kind.get(PROVIDER, [])), {}),
        artifacts_jobs=frozenset(artifacts_jobs),
    )


def _declared(resource: Document) -> Declared:
    inputs, outputs = revealed(resource.get("inputs")), revealed(resource.get("outputs"))
    component, project = place(str(resource.get("parent") or ""), resource["urn"])
    # The provider's `id` of a job reads `missing ID`.
    number = outputs.get("jobId") or outputs.get("environmentId") or resource.get("id")
    if resource["type"] not in (JOB, ENVIRONMENT):
        number = resource.get("id")
    text = str(int(number)) if isinstance(number, float) else str(number)
    return Declared(
        urn=resource["urn"],
        id=str(resource.get("id") or ""),
        component=component,
        project=project,
        number=int(text) if text.isdigit() else 0,
        inputs=inputs,
        outputs=outputs,
    )


def revealed(values: Document | None) -> dict[str, Any]:
    """Return inputs or outputs of a state with the values of their secrets, as far as the state shows them."""
    return {key: _plain(value) for key, value in (values or {}).items()}


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value of a state
    """Return a secret's value if the state shows it, and None if it does not."""
    if isinstance(value, Mapping) and SECRET_MARK in value:
        text = value.get("plaintext")
        return json.loads(text) if text else None
    return value
