"""What the client makes of answers that are not dbt Cloud's."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from pulumi_dbtcloud_datafold.account import api_client
from pulumi_dbtcloud_datafold.account.access_url import AccessUrl
from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi, DbtCloudError

HINT = "Compare dbtcloud:hostUrl with Access URL in dbt Cloud, Account settings"
TOKEN = "a-made-up-token"


@pytest.fixture
def server():
    """A web server that answers everything alike: `status`, `headers` and `body`; it notes what it was asked."""
    answers = SimpleNamespace(status=200, headers={}, body=b"", asked=[])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answers.asked.append(self.path)
            self.send_response(answers.status)
            for name, value in answers.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answers.body)))
            self.end_headers()
            self.wfile.write(answers.body)

        def log_message(self, *_):
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=listening.serve_forever, args=(0.01,))
    serving.start()
    answers.origin = f"http://127.0.0.1:{listening.server_port}"
    yield answers
    listening.shutdown()
    serving.join()
    listening.server_close()


def refusal(server, question=DbtCloudApi.account):
    with (
        DbtCloudApi(AccessUrl(server.origin), 1, TOKEN) as api,
        pytest.raises(DbtCloudError) as refused,
    ):
        question(api)
    assert TOKEN not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("status", [200, 502])
def test_a_login_page_is_told_as_a_wrong_host(server, status):
    server.status = status
    server.headers = {"Content-Type": "text/html; charset=utf-8"}
    server.body = b"<html>Log in</html>"

    told = refusal(server)

    assert f"GET {server.origin}/api/v2/accounts/1/ was answered {status}" in told
    assert "the answer (text/html) is not one of dbt Cloud's API" in told
    assert HINT in told


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[]", b"null", b'{"status": null}', b'{"status": "ok"}']
)
@pytest.mark.parametrize("status", [200, 418])
def test_json_that_is_not_of_dbt_cloud_is_told_as_a_wrong_host(server, status, body):
    server.status = status
    server.headers = {"Content-Type": "application/json"}
    server.body = body

    told = refusal(server)

    assert f"was answered {status}: the answer (application/json) is not one of" in told
    assert HINT in told


def test_the_reason_that_dbt_cloud_gives_is_told(server):
    server.status = 400
    server.headers = {"Content-Type": "application/json"}
    server.body = json.dumps({"status": {"user_message": "Not today"}, "data": None}).encode()

    assert refusal(server).endswith("was answered 400: Not today")


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://ab123.us1.dbt.com/api/v2/?next=a-made-up-secret", "https://ab123.us1.dbt.com."),
        ("/login?next=a-made-up-secret", "http://127.0.0.1:"),
    ],
)
def test_a_move_names_the_other_address_without_its_path(server, location, shown):
    server.status = 301
    server.headers = {"Location": location}

    told = refusal(server)

    assert f"was answered 301: it points to another address, at {shown}" in told
    assert "a-made-up-secret" not in told
    assert HINT in told


def test_an_answer_that_cannot_be_unpacked_is_told_as_a_wrong_host(server):
    server.headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    server.body = b"not gzip"

    told = refusal(server)

    assert f"cannot reach dbt Cloud at {server.origin}" in told
    assert HINT in told


def test_a_list_without_an_end_is_refused_and_not_cut_off(server, monkeypatch):
    monkeypatch.setattr(api_client, "PAGES_LIMIT", 3)
    server.headers = {"Content-Type": "application/json"}
    body = {"data": [{"id": 1}], "extra": {"pagination": {"total_count": 1_000_000}}}
    server.body = json.dumps(body).encode()

    told = refusal(server, DbtCloudApi.projects)

    assert len(server.asked) == 1
    assert "has more than 3 pages" in told


@pytest.mark.parametrize(
    "token", [f"{TOKEN}\n", f" {TOKEN}", f"{TOKEN}\n{TOKEN}", f"“{TOKEN}”", ""]
)
def test_a_token_that_was_pasted_with_something_else_is_refused_and_not_shown(server, token):
    with (
        DbtCloudApi(AccessUrl(server.origin), 1, token) as api,
        pytest.raises(DbtCloudError) as refused,
    ):
        api.account()

    assert "it was not pasted as it is in dbt Cloud" in str(refused.value)
    assert TOKEN not in str(refused.value)
    assert server.asked == []
