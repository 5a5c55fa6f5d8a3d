"""The service token Datafold reads dbt Cloud with.

Source: https://docs.getdbt.com/docs/dbt-apis/service-tokens ; Datafold's prerequisites.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, NotRequired, Protocol

import pulumi
import pulumi_dbtcloud as dbtcloud
from pydantic import Field, model_validator

from pulumi_dbtcloud_datafold.account.connection import (
    ConnectionArgs,
    ConnectionSettings,
    from_stack,
)
from pulumi_dbtcloud_datafold.engine import adoption
from pulumi_dbtcloud_datafold.jobs.job import DbtCloudId
from pulumi_dbtcloud_datafold.service_tokens.rotation import Rotation, RotationArgs, in_generation
from pulumi_dbtcloud_datafold.service_tokens.token_guard import MEMBER, TokenGuard
from pulumi_dbtcloud_datafold.settings.field_types import DisplayName
from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError, Problem, broken_rule
from pulumi_dbtcloud_datafold.settings.settings_model import checked_inputs, is_resolved

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
    """The service token Datafold reads dbt Cloud with."""

    name: DisplayName = "Datafold"
    """Name shown in dbt Cloud."""
    all_projects: bool | None = None
    """Valid for every project of the account. Default: true, unless project_ids is set."""
    project_ids: Annotated[list[DbtCloudId], Field(min_length=1)] | None = None
    """Valid for these projects only."""
    permission_set: PermissionSet | None = None
    """What the token may do. Default: member, refused where the account's plan has none."""
    adopt_token_id: DbtCloudId | None = None
    """Number of a token that exists and is to be taken over."""

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
        listed = [each for each in self.project_ids or () if is_resolved(each)]
        # The provider would make another token, with another secret, for the second mention alone.
        if twice := [str(each) for each in dict.fromkeys(listed) if listed.count(each) > 1]:
            raise broken_rule(
                f"project_ids lists {', '.join(twice)} more than once", "list each project once"
            )
        return self


class _Inputs(ServiceTokenSettings):
    """What the component is given: the settings, and where to look."""

    connection: ConnectionSettings | None = None
    """The account."""


class MemberServiceToken(pulumi.ComponentResource):
    """A service token with the permission set Member, for all projects or for some.

    Declares one `dbtcloud.ServiceToken`, or two while a rotation keeps the previous one. dbt Cloud cannot edit a
    token: every change creates a new one, with a new secret, and deletes the old one afterwards. Does
    not hand the token to Datafold: its form is filled in by hand.

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
    previous_token_string: pulumi.Output[str | None]
    """Secret. That of the generation before, while `keep_previous` is set; readable only at creation, as above."""

    def __init__(
        self, name: str, args: MemberServiceTokenArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the token; `name` is the Pulumi name, `args["name"]` the one in dbt Cloud."""
        super().__init__("dbtcloud-datafold:index:MemberServiceToken", name, None, opts)
        problems: list[Problem] = []
        checked = checked_inputs(_Inputs, MemberServiceTokenArgs, args, problems)
        if problems:
            raise ConfigurationError(f"MemberServiceToken '{name}'", problems)
        watch = TokenGuard(
            self,
            from_stack([], args.get("connection")),
            is_member_by_default="permission_set" not in checked,
        )
        declare(name, self, opts, checked, watch).become_outputs_of(self)


class _TokenComponent(Protocol):
    """A component that declares a token, and tells the same of it as every other."""

    token_id: pulumi.Output[str]
    name: pulumi.Output[str]
    token_string: pulumi.Output[str]
    previous_token_string: pulumi.Output[str | None]

    def register_outputs(self, outputs: pulumi.Inputs) -> None:
        """As of `pulumi.ComponentResource`."""


@dataclass(frozen=True)
class DeclaredToken:
    """What a component says of the token it declared.

    Attributes:
        token_string: Secret.
        previous_token_string: Secret. None unless the generation before is kept.
    """

    token_id: pulumi.Output[str]
    name: pulumi.Output[str]
    token_string: pulumi.Output[str]
    previous_token_string: pulumi.Output[str | None]

    def become_outputs_of(self, component: _TokenComponent) -> None:
        """Set and register the component's outputs."""
        component.token_id = self.token_id
        component.name = self.name
        component.token_string = self.token_string
        component.previous_token_string = self.previous_token_string
        component.register_outputs(vars(self))


def declare(
    name: str,
    component: pulumi.ComponentResource,
    opts: pulumi.ResourceOptions | None,
    checked: Mapping[str, Any],
    watch: TokenGuard,
) -> DeclaredToken:
    """Declare the provider's token, and the one before it if that is kept, guarded, as children of `component`."""

    def of_generation(
        generation: int,
        adopt_token_id: int | None = None,
        also: pulumi.ResourceOptions | None = None,
    ) -> dbtcloud.ServiceToken:
        pulumi_name = in_generation(f"{name}-token", generation, "-")
        watch_this = replace(watch)
        hooks = watch_this.hooks(pulumi_name)
        import_ = adoption.import_id(
            adoption.SERVICE_TOKEN, pulumi_name, adopt_token_id, component, hooks
        )
        token = dbtcloud.ServiceToken(
            pulumi_name,
            name=in_generation(checked["name"], generation, " "),
            service_token_permissions=_permissions(checked),
            opts=pulumi.ResourceOptions.merge(
                pulumi.ResourceOptions(parent=component, hooks=hooks, import_=import_), also
            ),
        )
        watch_this.over(opts.parent if opts else None, component, token)
        return token

    declared = of_generation(checked["generation"], checked.get("adopt_token_id"))
    previous_token_string: pulumi.Output[str | None] = pulumi.Output.secret(None)
    if checked["keep_previous"]:
        previous = of_generation(
            checked["generation"] - 1,
            also=pulumi.ResourceOptions(
                # Whatever is new about permissions or name is the new token's; a change here would replace this one.
                ignore_changes=["name", "serviceTokenPermissions", "state"],
                # It is kept in order to be deleted.
                protect=False,
            ),
        )
        previous_token_string = pulumi.Output.secret(previous.token_string)
    # The SDK marks it secret too; mocks and imports do not.
    token_string: pulumi.Output[str] = pulumi.Output.secret(declared.token_string)
    return DeclaredToken(declared.id, declared.name, token_string, previous_token_string)


def _permissions(
    checked: Mapping[str, Any],
) -> list[dbtcloud.ServiceTokenServiceTokenPermissionArgs]:
    """Return one permission for all projects, or one for each listed project."""
    permission_set = checked.get("permission_set", MEMBER)
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
