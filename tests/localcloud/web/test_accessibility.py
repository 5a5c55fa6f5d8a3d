"""Pages for a keyboard, a screen reader, a narrow window, a dark room."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.localcloud.web.conftest import NARROW, WIDE

FOCUSED = """() => {
  const focused = document.activeElement;
  const box = focused.getBoundingClientRect();
  const style = getComputedStyle(focused);
  return {
    text: focused.getAttribute("aria-label") || focused.labels?.[0]?.textContent || focused.textContent,
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: box.left >= 0 && box.right <= innerWidth && box.bottom > 0 && box.top < innerHeight
      && box.width > 0,
  };
}"""


def stops(tab, last):
    """What gets the focus, one press of Tab after another, up to the element of that text."""
    found = []
    for _ in range(100):
        tab.keyboard.press("Tab")
        found.append(tab.evaluate(FOCUSED))
        if found[-1]["text"] == last:
            return found
    message = f"Tab does not lead to {last!r}: {[stop['text'] for stop in found]}"
    raise AssertionError(message)


def go(tab, last):
    """Lead the focus to the element of that text, and take it to the page it leads to."""
    stops(tab, last)
    enter(tab)


def enter(tab):
    """Press Enter where it leads to another page, and wait for that."""
    with tab.expect_navigation():
        tab.keyboard.press("Enter")


def test_no_page_breaks_a_rule_of_axe_or_is_wider_than_a_narrow_window(open_tab, pages, site):
    site.new_run(name="n" * 100, description="d" * 100)
    site.owner.run(site.owner.job(name="other")["id"], cause="c" * 255, git_branch="b" * 200)
    broken, wide = [], []
    for page, path in pages.items():
        tab = open_tab(path)
        tab.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
        for scheme, window in (("light", WIDE), ("dark", NARROW)):
            tab.emulate_media(color_scheme=scheme)
            tab.set_viewport_size(window)
            for violation in Axe().run(tab).response["violations"]:
                broken.append((page, scheme, violation["id"], violation["nodes"][0]["html"]))
        if tab.evaluate("document.documentElement.scrollWidth") > NARROW["width"]:
            wide.append(page)

    assert broken == []
    assert wide == []


COLUMNS_OF_RUNS = ["Run", "Status", "Project", "Job", "Cause", "Commit", "Queued", "Took"]


def test_a_table_in_a_narrow_window_names_each_cells_column_and_stays_a_table(open_tab, pages):
    tab = open_tab(pages["runs"], viewport=NARROW)
    tree = tab.context.new_cdp_session(tab).send("Accessibility.getFullAXTree")["nodes"]
    roles = [node["role"]["value"] for node in tree if not node["ignored"]]
    label = "cell => getComputedStyle(cell, '::before').content"

    assert tab.locator("td").first.evaluate(label) == '"Status: " / ""'
    runs = [name for name in pages if name.startswith("run that")]
    assert roles.count("columnheader") == len(COLUMNS_OF_RUNS)
    # The first column is each row's header.
    assert roles.count("cell") == len(runs) * (len(COLUMNS_OF_RUNS) - 1)
    assert roles.count("row") == len(runs) + 1


def test_dark_is_what_the_reader_asks_for(open_tab, site):
    ground = "getComputedStyle(document.body).backgroundColor"

    light, dark = (open_tab(color_scheme=scheme).evaluate(ground) for scheme in ("light", "dark"))

    assert light == "rgb(255, 255, 255)"
    assert dark == "rgb(21, 24, 28)"


def test_tab_goes_through_a_page_in_reading_order_with_the_focus_always_seen(open_tab, pages):
    tab = open_tab(pages["run that goes on"])
    expect(tab.get_by_role("button", name="Pause updates")).to_be_visible()

    found = stops(tab, "Whole log of step 1")

    assert [stop["text"] for stop in found] == [
        *("Skip to the content", "Local dbt Cloud", "Projects", "Runs", "Service tokens"),
        *("Pause updates", "Projects", "Analytics", "Nightly", "Cancel this run", "Nightly"),
        *("Log of step 1", "Whole log of step 1"),
    ]
    assert [stop["text"] for stop in found if not stop["outlined"] or not stop["seen"]] == []


def test_the_skip_link_leads_past_the_navigation(open_tab, pages):
    tab = open_tab(pages["project"])

    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")

    # The first link in the content: the trail's.
    expect(tab.get_by_role("main").get_by_role("link").first).to_be_focused()


def test_the_keyboard_leads_from_the_projects_to_the_log_of_a_new_run(open_tab, site):
    site.owner.job(name="Nightly")
    site.owner.job(name="Weekly")
    tab = open_tab()

    go(tab, "Analytics")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Project Analytics")
    stops(tab, "Name contains")
    tab.keyboard.type("night")
    enter(tab)
    expect(tab.get_by_text("One job")).to_be_visible()
    go(tab, "Nightly")
    go(tab, "Run now")
    expect(tab.locator("#standing")).to_contain_text("Queued")
    (run,) = site.owner.get(f"{site.owner.v2}/runs/")
    site.runs.finish(run["id"], "All went well.\n" * 100)
    expect(tab.locator("#standing")).to_contain_text("Success")
    stops(tab, "Log of step 3")
    tab.keyboard.press("Space")
    stops(tab, "Log of step 3")
    tab.keyboard.press("End")

    log = tab.get_by_role("region", name="Log of step 3")
    expect(log).to_be_focused()
    tab.wait_for_function("log => log.scrollTop > 500", arg=log.element_handle())


def test_every_page_has_a_title_and_a_main_heading_of_its_own(open_tab, pages):
    tab = open_tab()
    titles = set()

    for path in pages.values():
        tab.goto(path)
        expect(tab.get_by_role("heading", level=1)).to_have_count(1)
        titles.add(tab.title())

    assert len(titles) == len(pages)
    assert "Project Analytics · Local dbt Cloud" in titles
