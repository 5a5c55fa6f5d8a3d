from dataclasses import dataclass

import pytest

from localcloud import testing
from localcloud.runs.lifecycle import Status
from tests.localcloud.contract.client import CI, PRODUCTION, PROJECT, Client, triggers
from tests.localcloud.web import browser as browsers
from tests.localcloud.web.manual_executor import ManualExecutor

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 700}


# For a file of tests, not for all: while playwright is open, its event loop counts as running.
@pytest.fixture(scope="module")
def browser():
    with browsers.started() as started:
        yield started


@dataclass(frozen=True)
class Site:
    """A local dbt Cloud, its runs, which the test takes on, and a client that may do everything."""

    cloud: testing.RunningCloud
    runs: ManualExecutor
    owner: Client

    def new_run(self, **job):
        """The number of a queued run of a new job."""
        return self.owner.run(self.owner.job(**job)["id"])["id"]


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory):
    made = []

    def make(*arguments):
        made.append(ManualExecutor(*arguments))
        return made[0]

    with (
        testing.running(tmp_path_factory.mktemp("cloud"), make_executor=make) as cloud,
        Client(cloud, testing.TOKEN) as owner,
    ):
        yield Site(cloud, made[0], owner)


@pytest.fixture
def site(shared_site):
    """A local dbt Cloud that holds the development seed and nothing else."""
    shared_site.cloud.control.reset()
    return shared_site


@pytest.fixture
def open_tab(browser, shared_site):
    """Opens a tab of a browser that has visited nothing, with options of playwright's contexts."""
    contexts = []

    def open_tab(path="/", **options):
        context = browser.new_context(
            **{"base_url": shared_site.cloud.origin, "viewport": WIDE, **options}
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        tab = context.new_page()
        tab.goto(path)
        return tab

    yield open_tab
    for context in contexts:
        context.close()


@pytest.fixture
def pages(site):
    """The path of every kind of page, by name, of an account in which all sorts of things are."""
    owner = site.owner
    job = owner.job(name="Nightly", description="Builds everything", generate_docs=True)
    owner.job(
        name="CI",
        environment_id=CI,
        triggers=triggers(github_webhook=True),
        deferring_environment_id=PRODUCTION,
    )
    succeeded = owner.run(job["id"], git_sha="0123456789ab", git_branch="main")
    site.runs.finish(succeeded["id"])
    site.runs.artifacts.write(succeeded["id"], "compiled/model.sql", b"select 1")
    failed = owner.run(job["id"])
    site.runs.finish(failed["id"], "Database error\n", Status.ERROR)
    going = owner.run(job["id"])
    site.runs.begin(going["id"])
    owner.token({"permission_set": "member", "project_id": PROJECT, "all_projects": False})
    return {
        "projects": "/",
        "project": f"/projects/{PROJECT}",
        "environment": f"/environments/{PRODUCTION}",
        "job": f"/jobs/{job['id']}",
        "runs": "/runs",
        "run that succeeded": f"/runs/{succeeded['id']}",
        "run that failed": f"/runs/{failed['id']}",
        "run that goes on": f"/runs/{going['id']}",
        "artifacts": f"/runs/{succeeded['id']}/artifacts",
        "tokens": "/tokens",
        "nothing": "/nowhere",
    }
