"""Whether the projects that the service token is to be valid for exist.

dbt Cloud makes a token first and gives it its permissions afterwards: of a token for a project that does not exist it
keeps one without permissions, which the stack does not know, at each attempt.
"""

from pulumi_dbtcloud_datafold import ConfigurationError, Problem
from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.service_tokens.service_token import ServiceTokenSettings

from infra.listing import listed


def require(settings: ServiceTokenSettings | None, source: str, api: DbtCloudApi) -> None:
    """Refuse a project that is not in the account; nothing is asked if none is listed.

    Raises:
        ConfigurationError: There is no such project.
        DbtCloudError: dbt Cloud does not answer.
    """
    wanted = (settings.project_ids if settings else None) or []
    if not wanted:
        return
    found = api.projects()
    numbers = {project["id"] for project in found}
    problems = [
        Problem(
            f"service_token.project_ids[{index}]",
            f"the account has no project {number} that the token of the provider sees",
            f"write a number as in the URL of the project; there are {listed(found)}",
        )
        for index, number in enumerate(wanted)
        if number not in numbers
    ]
    if problems:
        raise ConfigurationError(source, problems)
