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


@pytest.mark.parametrize("status", [200, 418, 502])
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html", b"<html>Log in</html>"),
        *(("application/json", body) for body in (b"", b"{", b"\xff", b"[]", b"null")),
        *(("application/json", body) for body in (b'{"status": null}', b'{"status": "ok"}')),
        ("application/json", b"[" * 100_000),
        ("application/json", b'{"data": ' + b"[" * 1000 + b"]" * 1000 + b"}"),
        # Half a character, which no terminal prints.
        ("application/json", b'{"data": [{"id": 5, "name": "\\ud800"}], "extra": null}'),
    ],
)
def test_what_is_not_of_dbt_cloud_is_reported_as_a_wrong_host(server, status, content_type, body):
    server.status = status
    server.headers = {"Content-Type": f"{content_type}; charset=utf-8"}
    server.body = body

    message = refusal(server)

    how = "not answered as dbt Cloud does" if status == 200 else f"answered {status}"
    assert f"GET {server.origin}/api/v2/accounts/1/ was {how}" in message
    assert f"the answer ({content_type}) is not JSON with status and data" in message
    assert HINT in message


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

    message = refusal(server)

    assert f"was answered 301: it points to another address, at {shown}" in message
    assert "a-made-up-secret" not in message
    assert HINT in message


def test_an_answer_that_cannot_be_unpacked_is_reported_as_a_wrong_host(server):
    server.headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    server.body = b"not gzip"

    message = refusal(server)

    assert f"cannot reach dbt Cloud at {server.origin}" in message
    assert HINT in message


def test_a_list_without_an_end_is_refused_and_not_cut_off(server, monkeypatch):
    monkeypatch.setattr(api_client, "PAGES_LIMIT", 3)
    server.headers = {"Content-Type": "application/json"}
    body = {"data": [{"id": 1, "name": "a"}], "extra": {"pagination": {"total_count": 1_000_000}}}
    server.body = json.dumps(body).encode()

    message = refusal(server, DbtCloudApi.projects)

    assert len(server.asked) == 1
    assert "has more than 3 pages" in message


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


EXTRA = {"pagination": {"total_count": 1}}
JOB = {"id": 5, "name": "Nightly", "project_id": 10, "environment_id": 101}
LISTINGS = {
    "projects": {"id": 10, "name": "Analytics"},
    "environments": {"id": 101, "name": "Production", "project_id": 10},
    "jobs": JOB,
    "users": {"id": 1, "email": "a@example.com"},
    "service_tokens": {"id": 7, "name": "Datafold"},
    "notifications": {"id": 3},
    "webhooks": {"id": "wsu_1", "name": "Datafold jobs failed"},
}
"""A right item of each listing, with the fields that are used and nothing else."""


def answered(server, data, extra=EXTRA):
    server.status, server.headers = 200, {"Content-Type": "application/json"}
    server.body = json.dumps({"data": data, "extra": extra}).encode()


@pytest.mark.parametrize("listing", LISTINGS)
def test_an_item_with_the_fields_that_are_used_passes(server, listing):
    answered(server, [LISTINGS[listing]])

    with DbtCloudApi(AccessUrl(server.origin), 1, TOKEN) as api:
        assert getattr(api, listing)() == [LISTINGS[listing]]


@pytest.mark.parametrize("listing", LISTINGS)
@pytest.mark.parametrize(
    "change", [lambda _: None, lambda item: [item], lambda _: "a", lambda _: {}, lambda _: 7]
)
def test_an_item_of_another_form_is_refused(server, listing, change):
    answered(server, [change(LISTINGS[listing])])

    message = refusal(server, getattr(DbtCloudApi, listing))

    assert "was not answered as dbt Cloud does: data[0]" in message
    assert server.origin in message
    assert len(message.split()) <= 60


@pytest.mark.parametrize("listing", LISTINGS)
@pytest.mark.parametrize("odd", [None, [], {}, -1, True, 1.5])
def test_each_field_that_is_used_is_checked(server, listing, odd):
    for key in LISTINGS[listing]:
        answered(server, [{**LISTINGS[listing], key: odd}])

        message = refusal(server, getattr(DbtCloudApi, listing))

        assert f"was not answered as dbt Cloud does: data[0].{key}: this" in message


RUN = {
    **{"id": 1, "status": 10, "is_complete": True, "is_success": True},
    "created_at": "2026-01-01 10:00:00+00:00",
}


@pytest.mark.parametrize(
    ("question", "data", "extra", "problem"),
    [
        *(("jobs", data, EXTRA, "data: this is not a list") for data in (None, {}, "", 7, True)),
        *(("jobs", [JOB], extra, "extra") for extra in (None, [], {}, {"pagination": None})),
        *(
            ("jobs", [JOB], {"pagination": {"total_count": count}}, "extra")
            for count in (None, -1, "1")
        ),
        (
            "jobs",
            [],
            {"pagination": {"total_count": 200}},
            "data has no items from number 1 on, of 200",
        ),
        *(
            (thing, data, EXTRA, "data")
            for thing in ("job", "run", "environment", "project", "run_with_steps")
            for data in (None, [], 7, "a", {}, {"id": None})
        ),
        *(
            ("run", {**RUN, key: value}, EXTRA, f"data.{key}")
            for key, value in (
                *(("created_at", "yesterday"), ("created_at", None), ("duration", "one hour")),
                *(("finished_at", 7), ("run_steps", [None]), ("is_complete", "yes")),
            )
        ),
    ],
)
def test_data_of_another_form_is_refused(server, question, data, extra, problem):
    answered(server, data, extra)

    message = refusal(server, lambda api: getattr(api, question)(*[5] * (question != "jobs")))

    assert f"as dbt Cloud does: {problem}" in message


def test_an_answer_without_an_end_is_refused(server, monkeypatch):
    monkeypatch.setattr(api_client, "ANSWER_BYTES", 1_000_000)
    server.body = b" " * 2_000_000

    message = refusal(server)

    assert "was not answered as dbt Cloud does: it is longer than 1000000 bytes" in message


def test_an_answer_that_takes_too_long_is_refused(server, monkeypatch):
    monkeypatch.setattr(api_client, "ANSWER_SECONDS", -1.0)
    server.body = b"{}"

    assert "was not answered as dbt Cloud does: it has not ended after" in refusal(server)


@pytest.mark.parametrize(
    "location",
    [
        "javascript:alert(1)",
        "http://[",
        "https://" + "a" * 64 + ".example.com",
        "data:,a",
        "//:99999999",
    ],
)
def test_a_move_to_no_web_page_is_refused_without_its_text(server, location):
    server.status = 302
    server.headers = {"Location": location}

    message = refusal(server)

    assert "alert" not in message
    assert HINT in message


def test_a_reason_of_the_server_is_shown_on_one_line_masked_and_cut(server):
    reason = f"\x1b[31mNo\x1b[0m\nAuthorization: Token {TOKEN}\x07" + "x" * 1_000_000
    server.status = 400
    server.body = json.dumps({"status": {"user_message": reason}}).encode()

    message = refusal(server)

    assert "was answered 400: No Authorization: Token <a token>?xxx" in message
    assert message.isprintable()
    assert len(message) < 500
