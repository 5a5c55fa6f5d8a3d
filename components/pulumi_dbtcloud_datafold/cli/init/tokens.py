"""Which service token is Datafold's: by its name, and only if the stack file can say what it may do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.cli.init.job_settings import Settings
from pulumi_dbtcloud_datafold.service_tokens.service_token import ServiceTokenSettings
from pulumi_dbtcloud_datafold.service_tokens.token_guard import MEMBER
from pulumi_dbtcloud_datafold.settings.problems import problems_from

_DATAFOLD = "datafold"


@dataclass(frozen=True)
class TokenBlock:
    """What the stack file says of the token.

    Attributes:
        settings: The block; None makes no token.
        notes: What a person should know.
    """

    settings: Settings | None
    notes: tuple[str, ...]


def token_block(api: DbtCloudApi) -> TokenBlock:
    """Look for Datafold's token in the account."""
    found = [
        token for token in api.service_tokens() if _DATAFOLD in str(token.get("name")).casefold()
    ]
    return decided([(token, api.service_token_permissions(token["id"])) for token in found])


def decided(
    found: Sequence[tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]],
) -> TokenBlock:
    """Return the block for the tokens that are called after Datafold, each with its permissions."""
    if not found:
        note = "No token is called Datafold: none is taken over and none is made. Remove this key to have one made"
        return TokenBlock(None, (note,))
    expressed = [(token, _expressed(token, permissions)) for token, permissions in found]
    fit = [settings for _, settings in expressed if not isinstance(settings, str)]
    if len(fit) == 1:
        return TokenBlock(fit[0], ("Its secret stays with Datafold: nobody can read it again",))
    notes = [
        f"{token['id']} '{token['name']}': "
        + (settings if isinstance(settings, str) else "write adopt_token_id and what it has")
        for token, settings in expressed
    ]
    head = f"{len(fit)} tokens may be Datafold's" if fit else "No token can be taken over"
    return TokenBlock(None, (f"{head}; none is taken over and none is made", *notes))


def _expressed(
    token: Mapping[str, Any], permissions: Sequence[Mapping[str, Any]]
) -> Settings | str:
    """Return the token's settings, or why there are none."""
    sets = sorted({str(permission.get("permission_set")) for permission in permissions})
    if len(sets) != 1:
        return f"it has {len(sets)} permission sets ({', '.join(sets)}), and the stack file has one"
    if any(_categories(permission) for permission in permissions):
        return "it may write in some kinds of environments only, which the stack file cannot say"
    settings: Settings = {"adopt_token_id": token["id"], "name": token["name"]}
    if sets[0] != MEMBER:
        settings["permission_set"] = sets[0]
    if not any(permission.get("all_projects") for permission in permissions):
        settings["project_ids"] = [permission["project_id"] for permission in permissions]
    elif len(permissions) > 1:
        return "it is for all projects and for single ones, and the stack file has one of both"
    try:
        ServiceTokenSettings.model_validate(settings)
    except ValidationError as error:
        problems = problems_from(error, ServiceTokenSettings)
        return "; ".join(f"{problem.path}: {problem.problem}" for problem in problems)
    if settings["name"] == ServiceTokenSettings.model_fields["name"].default:
        del settings["name"]
    return settings


def _categories(permission: Mapping[str, Any]) -> list[str]:
    """Return the environments that a permission is limited to; `all` is no limit."""
    found = permission.get("writable_environment_categories") or []
    return [category for category in found if category != "all"]
