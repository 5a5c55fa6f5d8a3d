"""What the account is asked before anything is declared, so that a mistake is one clear message."""

import pulumi
from pulumi_dbtcloud_datafold import ConfigurationError
from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.account.connection import read_token

from infra import conflicts, environments, references, token_projects
from infra.config import LoadedConfig


def ask(config: LoadedConfig) -> dict[str, dict[str, int]]:
    """Ask for the account, and for the environments, the jobs and the token's projects that the configuration names.

    Returns what `environments.look_up` does.

    Raises:
        ConfigurationError: An environment is not what it is to be, or a project or job does not exist.
        DbtCloudError: The account cannot be reached with this token; the message names the likely cause.
    """
    token = read_token(pulumi.runtime.get_config("dbtcloud:token")) or ""
    account = config.connection
    with DbtCloudApi(account.access_url, account.account_id, token) as api:
        api.account()
        token_projects.require(config.stack.service_token, config.source, api)
        found = environments.look_up(config.stack.projects, config.source, api)
        references.require(config.stack.projects, config.source, api)
    # Once more: one block may have an environment by its name that another one has by its number.
    projects = environments.resolved(config.stack.projects, found)
    if problems := conflicts.between(projects):
        raise ConfigurationError(config.source, problems)
    return found
