"""The page of an environment: its settings and its jobs."""

from starlette.responses import Response

from localcloud.resources import environments, jobs, projects
from localcloud.web.page_request import PageRequest
from localcloud.web.rendering import html


def show(visit: PageRequest) -> Response:
    """An environment."""
    environment_id = visit.open("environment")
    environment = visit.get(environments.get_environment_of_account, environment_id=environment_id)
    query = {
        "environment_id": environment_id,
        "order_by": "name",
        "include_related": "most_recent_run",
    }
    return html(
        visit,
        "environment.html",
        environment=environment,
        project=visit.get(projects.get_project, project_id=environment["project_id"]),
        connection=visit.named("connection", environment["connection_id"]),
        jobs=visit.listing(jobs.list_jobs, query, {"name": "name__icontains"}),
    )
