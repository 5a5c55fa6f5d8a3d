"""How a service token is declared: guarded, with the generation before it where that is kept, as a component's child.

Source: https://docs.getdbt.com/docs/dbt-apis/service-tokens
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_dbtcloud as dbtcloud

from pulumi_dbtcloud_datafold.account.connection import Connection, Unknown
from pulumi_dbtcloud_datafold.engine.adoption import Adoptable, adopt
from pulumi_dbtcloud_datafold.engine.guard import add_guard, hooks, parents_of
from pulumi_dbtcloud_datafold.engine.stack_state import SERVICE_TOKEN_TYPE
from pulumi_dbtcloud_datafold.service_tokens.rotation import Rotation, in_generation
from pulumi_dbtcloud_datafold.service_tokens.token_guard import TokenGuard

SERVICE_TOKEN = Adoptable(
    type_token=SERVICE_TOKEN_TYPE,
    key="adopt_token_id",
    number_output="id",
    refusal="token {number} cannot become this token: its name or permissions differ from what is declared, and dbt "
    "Cloud cannot edit a token. It would be deleted and another one created. Declare what it has; or remove "
    "adopt_token_id, to have a token of its own created or the adopted one replaced",
)


@dataclass(frozen=True, kw_only=True)
class TokenDeclaration:
    """A token as its component wants it.

    Attributes:
        name: Name shown in dbt Cloud, of the first generation.
        permission_set: What it may do.
        project_ids: Where it is valid; None for all projects.
        rotation: Its generation.
        account: Where to look for the account's plan.
        next_step: What a person has to do when the secret has changed.
        adopt_token_id: Number of a token to take over.
        is_member_by_default: Nobody has chosen the permission set Member, so it is checked against the plan.
    """

    name: pulumi.Input[str]
    permission_set: pulumi.Input[str]
    project_ids: Sequence[pulumi.Input[int]] | None
    rotation: Rotation
    account: Connection | Unknown
    next_step: str
    adopt_token_id: int | None = None
    is_member_by_default: bool = False


class TokenComponent(pulumi.ComponentResource):
    """A component that declares a service token."""

    token_id: pulumi.Output[str]
    """The token's number, as text."""
    name: pulumi.Output[str]
    """Name shown in dbt Cloud."""
    token_string: pulumi.Output[str]
    """Secret. Readable only at creation: a token that was imported has none."""
    previous_token_string: pulumi.Output[str | None]
    """Secret. That of the generation before, while `keep_previous` is set; readable only at creation, as above."""

    def _declare(
        self, name: str, declaration: TokenDeclaration, opts: pulumi.ResourceOptions | None
    ) -> None:
        generation = declaration.rotation.generation
        token = self._token(name, declaration, generation, declaration.adopt_token_id, opts)
        self.token_id, self.name = token.id, token.name
        # The SDK marks it secret too; mocks and imports do not.
        self.token_string = pulumi.Output.secret(token.token_string)
        self.previous_token_string = pulumi.Output.secret(None)
        if declaration.rotation.keep_previous:
            kept = pulumi.ResourceOptions(
                # Whatever is new about permissions or name is the new token's; a change here would replace this one.
                ignore_changes=["name", "serviceTokenPermissions", "state"],
                # It is kept in order to be deleted.
                protect=False,
            )
            previous = self._token(name, declaration, generation - 1, None, opts, kept)
            self.previous_token_string = pulumi.Output.secret(previous.token_string)
        self.register_outputs(
            {
                "token_id": self.token_id,
                "name": self.name,
                "token_string": self.token_string,
                "previous_token_string": self.previous_token_string,
            }
        )

    def _token(
        self,
        name: str,
        declaration: TokenDeclaration,
        generation: int,
        adopt_token_id: int | None,
        opts: pulumi.ResourceOptions | None,
        more: pulumi.ResourceOptions | None = None,
    ) -> dbtcloud.ServiceToken:
        """Declare the token of a generation, guarded."""
        pulumi_name = in_generation(f"{name}-token", generation, "-")
        adoption = adopt(SERVICE_TOKEN, pulumi_name, adopt_token_id, self)
        token = dbtcloud.ServiceToken(
            pulumi_name,
            name=in_generation(declaration.name, generation, " "),
            service_token_permissions=_permissions(declaration),
            opts=pulumi.ResourceOptions.merge(
                pulumi.ResourceOptions(
                    parent=self,
                    hooks=hooks("before_create", "after_create"),
                    import_=adoption.import_,
                ),
                more,
            ),
        )
        add_guard(
            TokenGuard(
                resource=token,
                parents=parents_of(self, opts),
                adoption_refusal=adoption.refusal,
                connection=declaration.account,
                is_member_by_default=declaration.is_member_by_default,
                next_step=declaration.next_step,
                follows=declaration.rotation.keep_previous
                and generation == declaration.rotation.generation,
            )
        )
        return token


def _permissions(
    declaration: TokenDeclaration,
) -> list[dbtcloud.ServiceTokenServiceTokenPermissionArgs]:
    """Return one permission for all projects, or one for each listed project."""
    if declaration.project_ids is None:
        return [
            dbtcloud.ServiceTokenServiceTokenPermissionArgs(
                permission_set=declaration.permission_set, all_projects=True
            )
        ]
    return [
        dbtcloud.ServiceTokenServiceTokenPermissionArgs(
            permission_set=declaration.permission_set, all_projects=False, project_id=project_id
        )
        for project_id in declaration.project_ids
    ]
