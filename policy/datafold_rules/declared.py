"""What a stack declares in dbt Cloud, as the rules want to see it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_policy import PolicyResource
from pulumi_policy.proxy import UnknownValueError

JOB = "dbtcloud:index/job:Job"
ENVIRONMENT = "dbtcloud:index/environment:Environment"
PROJECT = "dbtcloud:index/project:Project"
SERVICE_TOKEN = "dbtcloud:index/serviceToken:ServiceToken"  # noqa: S105 - a type's name
COMPONENT = "dbtcloud-datafold:index:"
"""What the types of our components begin with."""

Identity = int | str
"""Number of a project or environment; the URN of its resource while it has no number yet."""


def plain(properties: Mapping[str, Any], key: str) -> Any:  # noqa: ANN401 - any property
    """Return a property; None if it is absent, or not known in this preview."""
    try:
        return properties.get(key)
    except UnknownValueError:
        return None


def identity(resource: PolicyResource, key: str, type_: str) -> Identity | None:
    """Tell which project or environment a property names; None if that is not known.

    Args:
        resource: What has the property.
        key: The property, with the number.
        type_: The resource type that would have been asked for the number in this stack.
    """
    number = plain(resource.props, key)
    if isinstance(number, int | float):
        return int(number)
    makers = [
        made for made in resource.property_dependencies.get(key, []) if made.resource_type == type_
    ]
    # A value made from several resources may be the number of any of them.
    return makers[0].urn if len(makers) == 1 else None


@dataclass(frozen=True)
class Job:
    """A dbt Cloud job of the stack.

    Attributes:
        resource: For the report.
    """

    resource: PolicyResource

    @property
    def urn(self) -> str:
        """Where a violation is reported."""
        return self.resource.urn

    @property
    def name(self) -> str:
        """Name in dbt Cloud, or in Pulumi if that is not known."""
        return str(plain(self.resource.props, "name") or self.resource.name)

    @property
    def project(self) -> Identity | None:
        """Its project."""
        return identity(self.resource, "projectId", PROJECT)

    @property
    def environment(self) -> Identity | None:
        """Where it runs."""
        return identity(self.resource, "environmentId", ENVIRONMENT)

    @property
    def deferring_environment(self) -> Identity | None:
        """Where it takes the models from that it does not build."""
        return identity(self.resource, "deferringEnvironmentId", ENVIRONMENT)

    @property
    def component(self) -> str | None:
        """Name of our component that declares it, e.g. `MergeJob`."""
        parent = self.resource.parent
        if parent is None or not parent.resource_type.startswith(COMPONENT):
            return None
        return parent.resource_type.removeprefix(COMPONENT)

    @property
    def runs_on_pull_requests(self) -> bool:
        """Whether it is a CI job."""
        return self._is_triggered_by("githubWebhook") or self._is_triggered_by("gitProviderWebhook")

    @property
    def runs_on_merge(self) -> bool:
        """Whether a merge starts it, by dbt Cloud or by a pipeline."""
        return self._is_triggered_by("onMerge") or self.component == "MergeJob"

    @property
    def steps(self) -> list[str]:
        """Its dbt commands, as far as they are known."""
        steps = plain(self.resource.props, "executeSteps") or []
        return [step for step in _known(steps) if isinstance(step, str)]

    def _is_triggered_by(self, trigger: str) -> bool:
        return bool(plain(plain(self.resource.props, "triggers") or {}, trigger))


@dataclass(frozen=True)
class Environment:
    """A dbt Cloud environment that the stack itself declares."""

    resource: PolicyResource

    @property
    def identities(self) -> set[Identity]:
        """What jobs may name it by."""
        number = plain(self.resource.props, "environmentId")
        known = {int(number)} if isinstance(number, int | float) else set()
        return {self.resource.urn, *known}

    @property
    def name(self) -> str:
        """Name in dbt Cloud, or in Pulumi if that is not known."""
        return str(plain(self.resource.props, "name") or self.resource.name)

    @property
    def is_production(self) -> bool:
        """Whether dbt Cloud takes it for production."""
        return bool(plain(self.resource.props, "deploymentType") == "production")

    @property
    def custom_branch(self) -> str | None:
        """The branch it is set to; None: the repository's default branch."""
        if not plain(self.resource.props, "useCustomBranch"):
            return None
        branch = plain(self.resource.props, "customBranch")
        return str(branch) if branch else None


def jobs(resources: Sequence[PolicyResource]) -> list[Job]:
    """Return the stack's jobs."""
    return [Job(resource) for resource in resources if resource.resource_type == JOB]


def environments(resources: Sequence[PolicyResource]) -> list[Environment]:
    """Return the environments that the stack declares; others it knows by their numbers only."""
    return [
        Environment(resource) for resource in resources if resource.resource_type == ENVIRONMENT
    ]


def described(thing: Identity) -> str:
    """Return a number or a resource's name, for a message."""
    return str(thing) if isinstance(thing, int) else f"'{thing.rpartition('::')[2]}'"


def _known(values: Sequence[Any]) -> Iterator[Any]:
    for index in range(len(values)):
        try:
            yield values[index]
        except UnknownValueError:
            continue
