"""What a page must not reveal, and what no page can do."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from localcloud.http.auth import token_hash
from localcloud.runs.lifecycle import Status
from tests.localcloud.contract.client import CI, PRODUCTION, PROJECT
from tests.localcloud.contract.test_environment_variables import override
from tests.localcloud.web.browser import FOREIGN_NAME

SCRIPT = "<script>document.title = 'ran'</script><img src=x onerror=\"document.title = 'ran'\">"
VARIABLES = f"/v3/accounts/1/projects/{PROJECT}/environment-variables/"


def read_everything(tab):
    """What is behind every link, from the first page on, and every file that pages need."""
    bodies, waiting = {}, [tab.url]
    while waiting:
        address = waiting.pop()
        if address not in bodies:
            bodies[address] = tab.goto(address).body()
            found = tab.locator("[href], [src]").evaluate_all(
                "all => all.map(a => a.href || a.src)"
            )
            waiting += [link.partition("#")[0] for link in found]
    return bodies


def test_no_secret_is_in_any_page_or_in_what_a_page_fetches(open_tab, pages, site):
    owner = site.owner
    token = owner.token({"permission_set": "account_admin", "all_projects": True}, name="wide")
    variable = {"new_name": "DBT_ENV_SECRET_KEY", "project": "hidden-1", "Production": "hidden-2"}
    owner.post(f"{VARIABLES}bulk/", {"env_var": variable})
    job = int(pages["job"].rpartition("/")[2])
    owner.post(VARIABLES, override({"id": job}, "hidden-3", "DBT_ENV_SECRET_KEY"))
    tab = open_tab()
    asked = set()
    tab.on("request", lambda request: asked.add(request.url))

    read = read_everything(tab)

    assert asked <= set(read)
    paths = {urlsplit(address).path for address in read}
    assert {pages[name] for name in ("job", "run that failed", "run that goes on")} <= paths
    assert {path for path in paths if path.endswith(("/log", "manifest.json", "live.js"))}
    everything = b"\n".join(read.values()).decode()
    assert "wide" in everything
    secrets = [token["token_string"], token_hash(token["token_string"]), "local-dbt-cloud"]
    secrets += ["hidden-1", "hidden-2", "hidden-3"]
    assert [secret for secret in secrets if secret in everything] == []


def test_no_request_leaves_this_machine(open_tab, pages, site):
    tab = open_tab()
    asked = []
    tab.context.on("request", lambda request: asked.append(request.url))

    for path in pages.values():
        tab.goto(path)
        tab.wait_for_load_state("networkidle")

    assert {urlsplit(address).netloc for address in asked} == {site.cloud.host}


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_hostile_names_and_logs_are_shown_as_text(open_tab, site, javascript):
    owner = site.owner
    project = f"{owner.v3}/projects/{PROJECT}/"
    owner.change(project, name=f"P {SCRIPT}")
    owner.change(f"{project}environments/{PRODUCTION}/", name=f"E {SCRIPT}")
    job = owner.job(name=f"J {SCRIPT}", description=SCRIPT, execute_steps=[f"dbt ls {SCRIPT}"])
    run = owner.run(job["id"], cause=SCRIPT, git_branch=SCRIPT, git_sha=SCRIPT)["id"]
    site.runs.finish(run, f"{SCRIPT}\n\x1b[31mred\x1b[0m\x07\n", Status.ERROR)
    site.runs.artifacts.write(run, f"{SCRIPT.replace('/', '')}.json", b"{}")
    owner.token({"permission_set": "account_admin", "all_projects": True}, name=f"T {SCRIPT}")
    tab = open_tab(java_script_enabled=javascript)
    shown = {
        "/": f"P {SCRIPT}",
        f"/projects/{PROJECT}": f"J {SCRIPT}",
        f"/environments/{PRODUCTION}": f"E {SCRIPT}",
        f"/jobs/{job['id']}": f"dbt ls {SCRIPT}",
        "/runs": SCRIPT,
        f"/runs/{run}": f"{SCRIPT}\n␛[31mred␛[0m␇\n",
        f"/runs/{run}/artifacts": f"{SCRIPT.replace('/', '')}.json",
        "/tokens": f"T {SCRIPT}",
        f"/nowhere/{SCRIPT}": "Nothing here",
        f"/runs?page={SCRIPT}": SCRIPT,
        f"/projects/{PROJECT}?name={SCRIPT}": "One job",
    }

    for path, text in shown.items():
        tab.goto(path)
        assert text in tab.locator("main").evaluate("main => main.textContent"), path
        assert tab.locator("main script, main img").count() == 0, path
        assert "ran" not in tab.title().split(), path


def test_a_hostile_log_that_comes_while_the_run_goes_on_is_shown_as_text(open_tab, site):
    run = site.new_run()
    site.runs.begin(run)
    tab = open_tab(f"/runs/{run}")

    site.runs.log(run, 1, f"{SCRIPT}\n")

    expect(tab.locator("#step-1 pre")).to_have_text(f"{SCRIPT}\n", timeout=20_000)
    assert tab.locator("main script, main img").count() == 0


@pytest.mark.parametrize("name", ["model.sql", "data.json", "notes.md"])
def test_an_artifact_that_is_opened_does_nothing(open_tab, site, name):
    run = site.new_run()
    site.runs.finish(run)
    site.runs.artifacts.write(run, name, SCRIPT.encode())

    tab = open_tab(f"/runs/{run}/artifacts/{name}")

    assert tab.locator("pre").inner_text() == SCRIPT
    assert tab.title() == ""


def test_no_page_is_read_by_a_name_that_leads_to_this_machine(open_tab, site):
    tab = open_tab()

    answer = tab.goto(f"http://{FOREIGN_NAME}:{site.cloud.port}/")

    assert answer.status == 403
    assert "Analytics" not in tab.content()


ATTEMPTS = """async ([origin, job]) => {
  const answers_read = {};
  for (const path of ["/", "/__localcloud__/state?full", "/api/v2/accounts/"]) {
    const headers = path.startsWith("/api") ? { Authorization: "Token local-dbt-cloud" } : {};
    answers_read[path] = await fetch(origin + path, { headers }).then((answer) => answer.text(), () => null);
  }
  const writes = [`/jobs/${job}/run`, "/__localcloud__/reset"];
  for (const path of writes) {
    await fetch(origin + path, { method: "POST", mode: "no-cors" });
  }
  const headers = { Authorization: "Token local-dbt-cloud" };
  await fetch(`${origin}/api/v2/accounts/1/jobs/${job}/run/`, { method: "POST", headers }).catch(() => null);
  return answers_read;
}"""


@pytest.fixture
def other_port(tmp_path):
    """The port of another program on this machine, which serves an empty page."""
    (tmp_path / "index.html").write_text("<!doctype html><title>Another</title><body>")
    handler = partial(SimpleHTTPRequestHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("name", ["127.0.0.1", FOREIGN_NAME])
def test_a_page_of_another_server_neither_reads_nor_changes_anything(
    open_tab, site, other_port, name
):
    job = site.owner.job(environment_id=CI)["id"]
    tab = open_tab(f"http://{name}:{other_port}/")
    answers = []
    tab.on("response", lambda answer: answers.append((answer.request.method, answer.status)))

    answers_read = tab.evaluate(ATTEMPTS, [site.cloud.origin, job])
    tab.set_content(
        f'<form method="post" action="{site.cloud.origin}/jobs/{job}/run"><button></form>'
    )
    tab.locator("button").click()

    assert set(answers_read.values()) == {None}
    assert [status for method, status in answers if method == "POST"] == [403, 403, 403]
    assert [found["id"] for found in site.owner.get(f"{site.owner.v2}/jobs/")] == [job]
    assert site.owner.get(f"{site.owner.v2}/runs/") == []


def test_no_page_is_shown_in_a_frame_of_another_server(open_tab, site, other_port):
    tab = open_tab(f"http://127.0.0.1:{other_port}/")

    with tab.expect_console_message(lambda message: "frame-ancestors" in message.text):
        tab.set_content(f'<iframe src="{site.cloud.origin}/"></iframe>')
