"""The page of a project: its environments and its jobs."""

from starlette.responses import Response

from localcloud.resources import environments, jobs, projects
from localcloud.web.page_request import PageRequest
from localcloud.web.rendering import html


def show(page_request: PageRequest) -> Response:
    """A project."""
    project_id = page_request.open("project")
    query = {"project_id": project_id, "order_by": "name"}
    return html(
        page_request,
        "project.html",
        project=page_request.get(projects.get_project, project_id=project_id),
        environments=page_request.listing(
            environments.list_environments, query, key="environments"
        ),
        jobs=page_request.listing(
            jobs.list_jobs,
            {**query, "include_related": "most_recent_run"},
            {"name": "name__icontains"},
        ),
    )
