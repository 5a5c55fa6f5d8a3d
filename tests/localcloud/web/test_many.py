"""Pages of an account with thousands of things: none is long, none is slow."""

import time

import pytest
from playwright.sync_api import expect

from tests.localcloud.contract.client import PRODUCTION, PROJECT

JOBS = 5_000
MOST_BYTES = 300_000
MOST_SECONDS = 5
"""Far more than it takes: machines may be busy."""


@pytest.fixture(scope="module")
def crowded(shared_site):
    """A run of the first of thousands of jobs; each job has one. The tests change nothing."""
    job = shared_site.owner.job(name="Job 0")
    run = shared_site.owner.run(job["id"])["id"]
    shared_site.runs.finish(run)
    with shared_site.cloud.store.writing() as session:

        def add(like, **changes):
            return session.add(like[0], {**session.get(*like), "id": None, **changes})["id"]

        (token,) = session.find("service_token", limit=1)
        for number in range(1, JOBS):
            other = add(("job", job["id"]), name=f"Job {number}")
            add(("run", run), job_id=other, job_definition_id=other)
        for number in range(150):
            add(("environment", PRODUCTION), name=f"Place {number:03}")
            add(("project", PROJECT), name=f"P {number:03}")
            add(("service_token", token["id"]), name=f"Token {number:03}")
    for number in range(250):
        shared_site.runs.artifacts.write(run, f"compiled/{number:03}.sql", b"select 1")
    return run


def test_no_page_is_long_or_slow(open_tab, crowded):
    tab = open_tab()
    found = {}

    for path in (
        *("/", "/runs", "/tokens", f"/projects/{PROJECT}", f"/environments/{PRODUCTION}"),
        *(f"/runs/{crowded}", f"/runs/{crowded}/artifacts"),
    ):
        before = time.monotonic()
        size = len(tab.goto(path).body())
        found[path] = (size, time.monotonic() - before)

    assert {path: result for path, result in found.items() if result[0] > MOST_BYTES} == {}
    assert {path: result for path, result in found.items() if result[1] > MOST_SECONDS} == {}


def test_a_list_is_read_page_by_page(open_tab, crowded):
    tab = open_tab(f"/projects/{PROJECT}")
    jobs = tab.get_by_role("navigation", name="Pages of jobs")
    rows = tab.locator("tr[id^=job-]")

    expect(tab.get_by_text(f"Jobs 1 to 100 of {JOBS}")).to_be_visible()
    expect(rows).to_have_count(100)
    first = rows.first.get_attribute("id")
    jobs.get_by_role("link", name="Next").click()
    expect(tab.get_by_text(f"Jobs 101 to 200 of {JOBS}")).to_be_visible()
    assert rows.first.get_attribute("id") != first
    jobs.get_by_role("link", name="Last").click()

    expect(jobs.get_by_text(f"Page {JOBS // 100} of {JOBS // 100}")).to_be_visible()
    expect(jobs.get_by_role("link", name="Next")).to_have_count(0)


def test_a_search_stays_while_its_pages_are_read(open_tab, crowded):
    tab = open_tab(f"/projects/{PROJECT}")

    tab.get_by_role("searchbox", name="Name contains").fill("Job 4")
    tab.get_by_role("button", name="Find").click()
    expect(tab.get_by_text("Jobs 1 to 100 of 1111")).to_be_visible()
    tab.get_by_role("navigation", name="Pages of jobs").get_by_role("link", name="Next").click()

    expect(tab.get_by_text("Jobs 101 to 200 of 1111")).to_be_visible()
    expect(tab.get_by_role("searchbox", name="Name contains")).to_have_value("Job 4")


@pytest.mark.parametrize(
    ("path", "what", "total"),
    [
        ("/", "projects", 152),
        ("/runs", "runs", JOBS),
        ("/tokens", "tokens", 151),
        (f"/projects/{PROJECT}", "environments", 153),
        ("/runs/{run}/artifacts", "files", 251),
    ],
)
def test_every_list_has_pages(open_tab, crowded, path, what, total):
    tab = open_tab(path.format(run=crowded))
    title = what.capitalize()

    tab.get_by_role("navigation", name=f"Pages of {what}").get_by_role("link", name="Next").click()

    last = min(total, 200)
    expect(tab.get_by_text(f"{title} 101 to {last} of {total}")).to_be_visible()
