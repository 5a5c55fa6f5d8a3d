"""What the pages show, and what can be done on them, with JavaScript and without."""

import json
import re

import pytest
from playwright.sync_api import expect

from localcloud.runs.lifecycle import Status
from tests.localcloud.contract.client import (
    CI,
    OTHER_PRODUCTION,
    OTHER_PROJECT,
    PRODUCTION,
    PROJECT,
    triggers,
)
from tests.localcloud.web.conftest import NARROW

scripted = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])


def row(tab, name):
    """The cells of the table's row that begins with `name`."""
    cells = tab.get_by_role("row").filter(has=tab.get_by_role("rowheader", name=name, exact=True))
    return cells.get_by_role("cell").all_inner_texts()


@scripted
def test_the_projects_lead_to_their_environments_and_jobs(open_tab, pages, javascript):
    tab = open_tab(java_script_enabled=javascript)

    tab.get_by_role("rowheader", name="Analytics").get_by_role("link").click()
    environments = row(tab, "Production")
    nightly = row(tab, "Nightly")
    tab.get_by_role("link", name="Production", exact=True).click()

    assert environments[1] == "production"
    assert nightly[1:3] == ["scheduled", "Production"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d 02:00:00 UTC", nightly[3])
    assert re.search(r"Running, run \d+", nightly[4])
    expect(tab.get_by_role("heading", level=1)).to_have_text("Environment Production")
    expect(tab.get_by_role("link", name="Nightly")).to_be_visible()
    expect(tab.get_by_role("link", name="CI", exact=True)).to_have_count(0)


def test_a_job_shows_what_it_runs_and_when_and_how_its_runs_have_ended(open_tab, pages):
    tab = open_tab(pages["job"])

    expect(tab.get_by_role("main")).to_contain_text("On schedule: At 02:00 every day UTC")
    expect(tab.get_by_role("main")).to_contain_text("dbt build")
    assert [text.strip("✓✗◑ ") for text in tab.locator("td .status").all_inner_texts()] == [
        "Running",
        "Error",
        "Success",
    ]


def test_a_job_that_follows_pull_requests_says_so_and_to_what_it_defers(open_tab, site):
    job = site.owner.job(
        environment_id=CI,
        triggers=triggers(github_webhook=True),
        triggers_on_draft_pr=True,
        deferring_environment_id=PRODUCTION,
    )

    tab = open_tab(f"/jobs/{job['id']}")

    expect(tab.get_by_role("main")).to_contain_text(
        "When a pull request is opened or gets a commit, drafts too"
    )
    expect(tab.get_by_role("link", name="environment Production")).to_be_visible()
    expect(tab.get_by_role("main")).to_contain_text("not on schedule")


@scripted
def test_a_run_that_failed_shows_the_log_of_the_step_that_failed(open_tab, pages, javascript):
    tab = open_tab(pages["run that failed"], java_script_enabled=javascript)

    expect(tab.locator("#standing")).to_contain_text("Error")
    expect(tab.locator("details[open]")).to_have_count(1)
    expect(tab.locator("details[open] pre")).to_have_text("Database error\n")


@scripted
def test_a_log_is_opened_and_read_as_a_whole(open_tab, site, javascript):
    run = site.new_run()
    lines = [f"line {number}" for number in range(1, 2001)]
    site.runs.finish(run, "\n".join(lines) + "\n")
    tab = open_tab(f"/runs/{run}", java_script_enabled=javascript)

    tab.get_by_text("Log of step 1", exact=True).click()
    shown = tab.get_by_role("region", name="Log of step 1")
    expect(shown).to_contain_text("line 2000")
    expect(shown).not_to_contain_text("line 1500\n")
    expect(tab.locator("#step-1")).to_contain_text("This is the end of a log of 2000 lines.")
    tab.get_by_role("link", name="Whole log of step 1").click()

    assert tab.locator("pre").inner_text().splitlines() == lines


def test_a_log_of_one_endless_line_is_cut(open_tab, site):
    run = site.new_run()
    site.runs.finish(run, "x" * 3_000_000 + "end")
    tab = open_tab()

    page = tab.goto(f"/runs/{run}")

    assert len(page.body()) < 1_500_000
    expect(tab.locator("#step-4 pre")).to_contain_text("xend")


def test_the_debug_log_of_a_step_is_offered_where_there_is_one(open_tab, site):
    run = site.new_run()
    site.runs.finish(run)
    site.runs.artifacts.write_debug_log(run, 4, "12:00 debug")
    tab = open_tab(f"/runs/{run}")

    expect(tab.locator("#step-3").get_by_role("link", include_hidden=True)).to_have_count(1)
    tab.get_by_role("link", name="Debug log of step 4").click()

    expect(tab.locator("pre")).to_have_text("12:00 debug")


@scripted
def test_artifacts_are_opened_from_the_run(open_tab, pages, javascript):
    tab = open_tab(pages["run that succeeded"], java_script_enabled=javascript)

    tab.get_by_role("link", name="manifest.json").click()
    manifest = tab.locator("pre").inner_text()
    tab.go_back()
    tab.get_by_role("link", name="All 2 files").click()
    tab.get_by_role("link", name="compiled/model.sql").click()

    assert json.loads(manifest) == {"nodes": {}}
    assert tab.locator("pre").inner_text() == "select 1"


def test_an_artifact_that_a_browser_would_run_is_saved_instead(open_tab, site):
    run = site.new_run()
    site.runs.finish(run)
    site.runs.artifacts.write(run, "index.html", b"<script>document.title = 'ran'</script>")
    tab = open_tab(f"/runs/{run}")

    with tab.expect_download() as saved:
        tab.get_by_role("link", name="index.html").click()

    assert saved.value.path().read_bytes().startswith(b"<script>")
    assert "ran" not in tab.title()


def test_tokens_are_returned_with_what_they_may_do(open_tab, pages):
    tab = open_tab(pages["tokens"])

    assert row(tab, "local")[1] == "owner in all projects"
    assert row(tab, "narrow")[1] == "member in Analytics"


@scripted
def test_a_job_is_run_and_its_run_is_cancelled(open_tab, site, javascript):
    job = site.owner.job(name="Nightly")
    tab = open_tab(f"/jobs/{job['id']}", java_script_enabled=javascript)

    tab.get_by_role("button", name="Run now").click()
    expect(tab.locator("#standing")).to_contain_text("Queued")
    tab.get_by_role("button", name="Cancel this run").click()
    expect(tab.locator("#standing")).to_contain_text("Cancelled")

    (run,) = site.owner.get(f"{site.owner.v2}/runs/?include_related=trigger")
    assert run["status"] == Status.CANCELLED
    assert run["trigger"]["cause"] == "Run now on the web page"
    expect(tab.get_by_role("button", name="Cancel this run")).to_have_count(0)


def test_what_the_plan_does_not_allow_is_refused_in_words(open_tab, site):
    job = site.owner.job(environment_id=CI, triggers=triggers(github_webhook=True))
    with site.cloud.store.writing() as session:
        session.put("account", {**session.get("account", 1), "plan": "trial_2025"})
    tab = open_tab(f"/jobs/{job['id']}")

    tab.get_by_role("button", name="Run now").click()

    expect(tab.get_by_role("heading", level=1)).to_have_text("Not possible")
    expect(tab.get_by_role("main")).to_contain_text("does not start CI jobs by the API")


def test_without_scripts_a_run_that_goes_on_says_how_to_see_more(open_tab, pages):
    tab = open_tab(pages["run that goes on"], java_script_enabled=False)

    expect(tab.locator("noscript p")).to_be_visible()
    expect(tab.locator("noscript p")).to_have_text(
        "Load this page again to see the run's progress."
    )
    expect(tab.get_by_role("button", name="Pause updates")).to_have_count(0)


def test_an_address_that_a_program_prints_leads_to_the_page(open_tab, site):
    run = site.new_run(name="Nightly")
    address = site.owner.get(f"{site.owner.v2}/runs/{run}/")["href"]

    tab = open_tab(address)
    expect(tab.get_by_role("heading", level=1)).to_have_text(f"Run {run}")
    tab.get_by_role("link", name="Nightly").first.click()

    expect(tab.get_by_role("heading", level=1)).to_have_text("Job Nightly")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/nowhere", "This server has pages of projects"),
        ("/deploy/1/settings", "This server has pages of projects"),
        ("/jobs/999999", "There is no job 999999 here"),
        ("/runs/word", "“word” is not an id"),
        (
            f"/deploy/1/projects/{OTHER_PROJECT}/environments/{PRODUCTION}",
            "no environment 101 in project 20",
        ),
        (f"/projects/{PROJECT}?page=7", "The list ends with page 1; there is no page “7”"),
        ("/runs/99999999999999999999", "“99999999999999999999” is not an id"),
    ],
)
def test_an_unknown_page_is_answered_404_in_words(open_tab, site, path, words):
    tab = open_tab()

    answer = tab.goto(path)

    assert answer.status == 404
    expect(tab.get_by_role("heading", level=1)).to_have_text("Nothing here")
    expect(tab.get_by_role("main")).to_contain_text(words)
    expect(tab.get_by_role("main").get_by_role("link")).to_have_attribute("href", "/")


def test_a_program_that_asks_for_what_is_not_there_is_answered_as_by_the_api(open_tab, site):
    tab = open_tab("/api/v3/nowhere/")

    assert json.loads(tab.locator("pre").inner_text())["status"]["code"] == 501


@pytest.mark.parametrize("page", ["/", "/runs"])
def test_runs_of_jobs_with_the_same_name_are_distinguished_by_their_project(open_tab, site, page):
    analytics = site.new_run(name="Nightly")
    marketing = site.new_run(
        name="Nightly", project_id=OTHER_PROJECT, environment_id=OTHER_PRODUCTION
    )

    tab = open_tab(page)

    assert row(tab, f"Run {analytics}")[1:3] == ["Analytics", "Nightly"]
    assert row(tab, f"Run {marketing}")[1:3] == ["Marketing", "Nightly"]


def test_a_run_of_a_deleted_project_names_its_number(open_tab, site):
    run = site.new_run()
    site.owner.delete(f"{site.owner.v3}/projects/{PROJECT}/")

    tab = open_tab("/runs")

    assert row(tab, f"Run {run}")[1] == f"project {PROJECT}, deleted"


def test_every_page_shows_a_clock_that_was_set(open_tab, pages, site):
    tab = open_tab()
    expect(tab.locator("#clock")).to_have_count(0)
    site.cloud.control.set_clock("2031-05-05T01:59:30+00:00")

    for path in pages.values():
        tab.goto(path)
        expect(tab.locator("#clock")).to_have_text(
            "The clock was set: it is 2031-05-05 01:59:30 UTC, and it stands still."
        )


def test_a_clock_that_is_set_appears_on_an_open_page(open_tab, site):
    tab = open_tab("/runs")

    site.cloud.control.set_clock("2031-05-05T01:59:30+00:00", frozen=False)

    expect(tab.locator("#clock")).to_contain_text("it is 2031-05-05 01:59:3", timeout=20_000)
    expect(tab.locator("#clock")).not_to_contain_text("stands still")


def test_a_deactivated_job_says_so_until_it_is_run(open_tab, site):
    job = site.owner.job()
    site.cloud.control.set_deactivated(job["id"])
    tab = open_tab(f"/jobs/{job['id']}")
    expect(tab.locator("#deactivated")).to_contain_text("100 runs in a row failed")

    tab.get_by_role("button", name="Run now").click()
    tab.goto(f"/jobs/{job['id']}")

    expect(tab.locator("#deactivated")).to_have_count(0)


def test_in_a_narrow_window_the_button_keeps_off_the_rule_below_it(open_tab, site):
    tab = open_tab("/runs", viewport=NARROW)
    button = tab.get_by_role("button", name="Pause updates")
    expect(button).to_be_visible()

    bottoms = [
        found.evaluate("element => element.getBoundingClientRect().bottom")
        for found in (button, tab.locator("header"))
    ]

    assert bottoms[1] - bottoms[0] >= 5
