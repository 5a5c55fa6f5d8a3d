"""A run's page while the run goes on: changes appear by themselves, without disturbing the reader."""

import pytest
from playwright.sync_api import expect

from localcloud.runs.lifecycle import Status
from tests.localcloud.contract.client import PROJECT

SOON_MS = 20_000
"""Far more than the second after which a page asks again: machines may be busy."""

# Notes what the live region says, and marks the document: one that is loaded anew has no mark.
LISTEN = """() => {
  window.announcements = [];
  const region = document.querySelector("[role=status]");
  new MutationObserver(() => window.announcements.push(region.textContent))
    .observe(region, { childList: true, characterData: true, subtree: true });
}"""


@pytest.fixture
def followed(open_tab, site):
    """The number of a queued run of two steps of its own, and a tab that shows it."""
    run = site.new_run(name="Nightly", execute_steps=["dbt build", "dbt test"])
    tab = open_tab(f"/runs/{run}")
    tab.evaluate(LISTEN)
    return run, tab


def soon(tab, selector, text):
    expect(tab.locator(selector)).to_contain_text(text, timeout=SOON_MS)


def requests_of(tab):
    """The addresses that the page will ask for, besides its icon."""
    asked = []
    tab.on(
        "request", lambda request: "/static/icon.svg" in request.url or asked.append(request.url)
    )
    return asked


def test_steps_and_logs_appear_as_they_come_without_a_reload(site, followed):
    run, tab = followed
    runs = site.runs

    soon(tab, "#standing", "Queued")
    runs.begin(run)
    soon(tab, "#standing", "Running")
    soon(tab, "#step-1", "Running")
    runs.log(run, 1, "first line\n")
    soon(tab, "#step-1 pre", "first line\n")
    runs.log(run, 1, "first line\nsecond line\n")
    soon(tab, "#step-1 pre", "first line\nsecond line\n")
    runs.end_step(run, 1, "first line\nsecond line\ndone\n")
    runs.begin_step(run, 2)
    soon(tab, "#step-1", "Success")
    soon(tab, "#step-2", "Running")
    runs.artifacts.write(run, "manifest.json", b"{}")
    runs.end(run, Status.ERROR)
    soon(tab, "#standing", "Error")

    soon(tab, "#artifacts", "manifest.json")
    expect(tab).to_have_title(f"Run {run}: Error · Local dbt Cloud")
    assert tab.evaluate("Boolean(window.announcements)")


def test_the_start_of_each_step_and_the_end_are_announced_and_no_line_of_a_log(site, followed):
    run, tab = followed

    site.runs.begin(run)
    soon(tab, "[role=status]", "step 1: Clone git repository")
    site.runs.log(run, 1, "a line\n")
    soon(tab, "#step-1 pre", "a line")
    site.runs.end(run)
    soon(tab, "[role=status]", f"Run {run} has ended: Success.")

    assert tab.evaluate("window.announcements") == [
        f"Run {run}: Running, step 1: Clone git repository.",
        f"Run {run} has ended: Success.",
    ]


def test_focus_selection_scrolling_and_closed_logs_stay_as_the_reader_has_them(site, followed):
    run, tab = followed
    lines = [f"line {number}\n" for number in range(200)]
    site.runs.begin(run)
    site.runs.log(run, 1, "".join(lines))
    soon(tab, "#step-1 pre", "line 199")
    log = tab.locator("#step-1 pre")
    log.evaluate("log => { log.scrollTop = 40; getSelection().selectAllChildren(log); }")
    log.focus()
    selected = tab.evaluate("getSelection().toString()")

    site.runs.log(run, 1, "".join([*lines, "one more\n"]))
    site.runs.begin_step(run, 2)
    soon(tab, "#step-1 pre", "one more")
    soon(tab, "#step-2", "Running")

    expect(log).to_be_focused()
    assert log.evaluate("log => log.scrollTop") == 40
    assert tab.evaluate("getSelection().toString()").startswith(selected.rstrip())
    tab.get_by_text("Log of step 1", exact=True).click()
    site.runs.begin_step(run, 3)
    soon(tab, "#step-3", "Running")
    expect(tab.locator("#step-1 details")).not_to_have_attribute("open", "")


def test_a_log_that_is_read_at_its_end_stays_at_its_end(site, followed):
    run, tab = followed
    site.runs.begin(run)
    site.runs.log(run, 1, "line\n" * 200)
    soon(tab, "#step-1 pre", "line")
    log = tab.locator("#step-1 pre")
    log.evaluate("log => { log.scrollTop = log.scrollHeight; }")

    site.runs.log(run, 1, "line\n" * 400 + "last\n")
    soon(tab, "#step-1 pre", "last")

    left = log.evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight")
    assert left <= 2


@pytest.mark.parametrize("name", ["Cancel this run", "Pause updates"])
def test_a_reader_whose_button_goes_away_with_the_end_stays_on_the_page(site, followed, name):
    run, tab = followed
    tab.get_by_role("button", name=name).focus()

    site.runs.finish(run)
    soon(tab, "#standing", "Success")

    expect(tab.get_by_role("button", name=name)).to_have_count(0)
    expect(tab.get_by_role("main")).to_be_focused()


def test_what_is_typed_stays_while_the_list_around_it_changes(open_tab, site):
    job = site.owner.job(name="Nightly")
    tab = open_tab(f"/projects/{PROJECT}")
    field = tab.get_by_role("searchbox", name="Name contains")
    field.fill("nigh")

    site.owner.run(job["id"])
    soon(tab, f"#job-{job['id']}", "Queued")

    expect(field).to_be_focused()
    expect(field).to_have_value("nigh")


def test_updates_can_be_paused_and_resumed(site, followed):
    run, tab = followed
    tab.clock.install()
    tab.reload()
    tab.get_by_role("button", name="Pause updates").click()
    asked = requests_of(tab)

    site.runs.finish(run)
    tab.clock.run_for(60_000)
    paused = list(asked)
    expect(tab.locator("#live")).to_contain_text("Updates are paused.")
    tab.get_by_role("button", name="Resume updates").click()
    tab.clock.run_for(2_000)
    soon(tab, "#standing", "Success")

    assert paused == []


def test_a_run_that_has_ended_is_not_asked_for_again(open_tab, site):
    run = site.new_run()
    site.runs.finish(run)
    tab = open_tab()
    tab.clock.install()

    tab.goto(f"/runs/{run}")
    asked = requests_of(tab)
    tab.clock.run_for(60_000)

    assert asked == []
    expect(tab.locator("#live")).to_be_hidden()


def test_a_server_that_does_not_answer_is_reported_and_asked_again(site, followed):
    run, tab = followed

    tab.context.set_offline(True)
    soon(tab, "#live", "The server does not answer; trying again.")
    site.runs.finish(run)
    tab.context.set_offline(False)

    soon(tab, "#standing", "Success")
