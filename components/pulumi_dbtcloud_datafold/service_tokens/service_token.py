"""The service token Datafold reads dbt Cloud with.

Source: https://docs.getdbt.com/docs/dbt-apis/service-tokens ; Datafold's prerequisites.
"""

from typing import Annotated, ClassVar, Literal, NotRequired

import pulumi
from pydantic import Field, model_validator

from pulumi_dbtcloud_datafold.account.connection import ConnectionArgs, ConnectionSettings, find
from pulumi_dbtcloud_datafold.service_tokens.rotation import Rotation, RotationArgs
from pulumi_dbtcloud_datafold.service_tokens.token_component import (
    TokenComponent,
    TokenDeclaration,
)
from pulumi_dbtcloud_datafold.service_tokens.token_guard import MEMBER
from pulumi_dbtcloud_datafold.settings.field_types import DbtCloudId, DisplayName
from pulumi_dbtcloud_datafold.settings.problems import broken_rule
from pulumi_dbtcloud_datafold.settings.settings_model import checked_inputs, is_resolved

TELL_DATAFOLD = (
    "enter the new secret (pulumi stack output service_token_string --show-secrets) in Datafold, Settings > "
    "Integrations > CI > dbt Cloud, and in every pipeline that uses the old one"
)

PermissionSet = Literal["member", "developer", "job_admin", "job_runner", "job_viewer", "readonly"]


class MemberServiceTokenArgs(RotationArgs):
    """Inputs of `MemberServiceToken`. Any change makes a new token with a new secret."""

    name: NotRequired[pulumi.Input[str]]
    """Name shown in dbt Cloud. Default: `Datafold`."""
    all_projects: NotRequired[bool]
    """Valid for every project of the account. Default: true, unless `project_ids` is set."""
    project_ids: NotRequired[list[pulumi.Input[int]]]
    """Valid for these projects only; not with `all_projects`. Default: none, it is valid for all."""
    permission_set: NotRequired[str]
    """What the token may do. Default: `member`, refused where the account's plan has none."""
    adopt_token_id: NotRequired[int]
    """Number of a token that exists with just this name and these permissions: it is taken over. Its secret stays
    unknown to the stack. Without effect once the stack has it. Default: none, a token is created."""
    connection: NotRequired[ConnectionArgs]
    """The account, to look at its plan. Default: the stack's `dbtcloud:` configuration."""


class ServiceTokenSettings(Rotation):
    """The service token Datafold reads dbt Cloud with; `MemberServiceTokenArgs` without the connection, checked."""

    args_type: ClassVar[type] = MemberServiceTokenArgs

    name: DisplayName = "Datafold"
    all_projects: bool | None = None
    project_ids: Annotated[list[DbtCloudId], Field(min_length=1)] | None = None
    permission_set: PermissionSet | None = None
    adopt_token_id: DbtCloudId | None = None

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

    @model_validator(mode="after")
    def _each_project_once(self) -> "ServiceTokenSettings":
        listed = [project_id for project_id in self.project_ids or () if is_resolved(project_id)]
        # The provider would make another token, with another secret, for the second mention alone.
        if twice := [str(number) for number in dict.fromkeys(listed) if listed.count(number) > 1]:
            raise broken_rule(
                f"project_ids lists {', '.join(twice)} more than once", "list each project once"
            )
        return self


class MemberServiceTokenInputs(ServiceTokenSettings):
    """`MemberServiceTokenArgs`, checked."""

    connection: ConnectionSettings | None = None


class MemberServiceToken(TokenComponent):
    """A service token with the permission set Member, for all projects or for some.

    Declares one `dbtcloud.ServiceToken`, or two while a rotation keeps the previous one. dbt Cloud cannot edit a
    token: every change creates a new one, with a new secret, and deletes the old one afterwards. Does
    not hand the token to Datafold: its form is filled in by hand.

    Raises:
        ConfigurationError: An input is wrong; the message names every problem.

    Source: https://docs.getdbt.com/docs/dbt-apis/service-tokens ; Datafold's prerequisites.
    """

    def __init__(
        self, name: str, args: MemberServiceTokenArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the token; `name` is the Pulumi name, `args["name"]` the one in dbt Cloud."""
        inputs = checked_inputs(MemberServiceTokenInputs, args, f"MemberServiceToken '{name}'")
        super().__init__("dbtcloud-datafold:index:MemberServiceToken", name, None, opts)
        declaration = TokenDeclaration(
            name=inputs.name,
            permission_set=inputs.permission_set or MEMBER,
            project_ids=inputs.project_ids,
            rotation=inputs,
            account=find(inputs.connection),
            next_step=TELL_DATAFOLD,
            adopt_token_id=inputs.adopt_token_id,
            is_member_by_default=inputs.permission_set is None,
        )
        self._declare(name, declaration, opts)
