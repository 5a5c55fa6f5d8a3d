"""The service token Datafold reads dbt Cloud with.

Source: https://docs.getdbt.com/docs/dbt-apis/service-tokens ; Datafold's prerequisites.
"""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

import pulumi
import pulumi_dbtcloud as dbtcloud
from pydantic import Field, model_validator

from pulumi_dbtcloud_datafold import guard
from pulumi_dbtcloud_datafold.job import JobId
from pulumi_dbtcloud_datafold.problems import ConfigurationError, Problem, broken_rule
from pulumi_dbtcloud_datafold.section import Section, effective

PermissionSet = Literal["member", "developer", "job_admin", "job_runner", "job_viewer", "readonly"]


class MemberServiceTokenArgs(TypedDict):
    """Inputs of `MemberServiceToken`. Any change makes a new token with a new secret."""

    name: NotRequired[pulumi.Input[str]]
    """Name shown in dbt Cloud. Default: `Datafold`."""
    all_projects: NotRequired[bool]
    """Valid for every project of the account. Default: true, unless `project_ids` is set."""
    project_ids: NotRequired[list[pulumi.Input[int]]]
    """Valid for these projects only; not with `all_projects`."""
    permission_set: NotRequired[str]
    """What the token may do. Default: `member`."""


class ServiceTokenSettings(Section):
    """The service token Datafold reads dbt Cloud with."""

    name: Annotated[str, Field(min_length=1)] = "Datafold"
    """Name shown in dbt Cloud."""
    all_projects: bool | None = None
    """Valid for every project of the account. Default: true, unless project_ids is set."""
    project_ids: Annotated[list[JobId], Field(min_length=1)] | None = None
    """Valid for these projects only."""
    permission_set: PermissionSet = "member"
    """What the token may do."""

    @model_validator(mode="after")
    def _all_or_selected(self) -> "ServiceTokenSettings":
        if self.all_projects and self.project_ids:
            raise broken_rule(
                "all_projects and project_ids both say where the token is valid", "keep one of them"
            )
        if self.all_projects is False and not self.project_ids:
            raise broken_rule(
                "the token would be valid nowhere", "list project_ids, or set all_projects: true"
            )
        return self


class MemberServiceToken(pulumi.ComponentResource):
    """A service token with the permission set Member, for all projects or for some.

    Declares one `dbtcloud.ServiceToken`. dbt Cloud cannot edit a token: every change creates a new one, with
    a new secret, and deletes the old one afterwards. Does not hand the token to Datafold: its form is filled in
    by hand.

    Raises:
        ConfigurationError: An input is wrong; the message names every problem.

    Source: https://docs.getdbt.com/docs/dbt-apis/service-tokens ; Datafold's prerequisites.
    """

    token_id: pulumi.Output[str]
    """The token's number, as text."""
    name: pulumi.Output[str]
    """Name shown in dbt Cloud."""
    token_string: pulumi.Output[str]
    """Secret. Readable only at creation: a token that was imported has none."""

    def __init__(
        self, name: str, args: MemberServiceTokenArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the token; `name` is the Pulumi name, `args["name"]` the one in dbt Cloud."""
        super().__init__("dbtcloud-datafold:index:MemberServiceToken", name, None, opts)
        problems: list[Problem] = []
        checked = effective(ServiceTokenSettings, args, problems)
        if problems:
            raise ConfigurationError(f"MemberServiceToken '{name}'", problems)
        declared = dbtcloud.ServiceToken(
            f"{name}-token",
            name=checked["name"],
            service_token_permissions=_permissions(checked),
            opts=pulumi.ResourceOptions(
                parent=self, hooks=guard.token_hooks(f"{name}-token", self)
            ),
        )
        self.token_id = declared.id
        self.name = declared.name
        # The SDK marks it secret too; mocks and imports do not.
        self.token_string = pulumi.Output.secret(declared.token_string)
        self.register_outputs(
            {"token_id": self.token_id, "name": self.name, "token_string": self.token_string}
        )


def _permissions(
    checked: dict[str, Any],
) -> list[dbtcloud.ServiceTokenServiceTokenPermissionArgs]:
    """Return one permission for all projects, or one for each listed project."""
    permission_set = checked["permission_set"]
    if "project_ids" not in checked:
        return [
            dbtcloud.ServiceTokenServiceTokenPermissionArgs(
                permission_set=permission_set, all_projects=True
            )
        ]
    return [
        dbtcloud.ServiceTokenServiceTokenPermissionArgs(
            permission_set=permission_set, all_projects=False, project_id=project_id
        )
        for project_id in checked["project_ids"]
    ]
