"""The page of an environment: its settings and its jobs."""

from starlette.responses import Response

from localcloud.resources import environments, jobs, projects
from localcloud.web.page_request import PageRequest
from localcloud.web.rendering import html


def show(page_request: PageRequest) -> Response:
    """An environment."""
    environment_id = page_request.open("environment")
    environment = page_request.get(
        environments.get_environment_of_account, environment_id=environment_id
    )
    query = {
        "environment_id": environment_id,
        "order_by": "name",
        "include_related": "most_recent_run",
    }
    return html(
        page_request,
        "environment.html",
        environment=environment,
        project=page_request.get(projects.get_project, project_id=environment["project_id"]),
        connection=page_request.named("connection", environment["connection_id"]),
        jobs=page_request.listing(jobs.list_jobs, query, {"name": "name__icontains"}),
    )
