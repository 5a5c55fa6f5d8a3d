"""Paths, queries, tokens, the envelope and pages: what every operation has in common."""

import json
import logging
import socket

import pytest

from localcloud.app import MAX_BODY
from tests.localcloud.contract.client import ACCOUNT, AUTH, JOB, PROJECT


@pytest.mark.parametrize("end", ["jobs/", "jobs"])
@pytest.mark.parametrize(
    "start",
    ["/api/v2/accounts/1/", "/api//v2/accounts/1/", "//api///v2//accounts//1//", "/v2/accounts/1/"],
)
def test_a_path_is_understood_with_and_without_api_and_slashes(raw, cloud, start, end):
    answer = raw.post(cloud.origin + start + end, json=JOB, headers=AUTH)

    assert answer.status_code == answer.json()["status"]["code"] == 201
    assert answer.json()["data"]["name"] == "Production"


def answer_to(cloud, line):
    """The status and the body that answer a request with that line, sent as it is."""
    head = f"{line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {AUTH['Authorization']}\r\n"
    with socket.create_connection(("127.0.0.1", cloud.port), timeout=10) as connection:
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def test_brackets_and_quotes_in_a_query_need_no_escaping(cloud):
    query = 'include_related=["repository","connection"]&limit=100'

    status, answer = answer_to(cloud, f"GET /api/v3/accounts/1/projects/?{query}")

    assert status == 200
    assert answer["data"][0]["repository"]["full_name"] == "example/analytics"


def envelope_status(code, message):
    """The part of an answer that says how it went."""
    success = {"code": code, "is_success": code < 400}
    return {**success, "user_message": message, "developer_message": ""}


@pytest.mark.parametrize("scheme", ["Token", "Bearer", "token"])
def test_both_spellings_of_authorization_are_equal(raw, scheme):
    answer = raw.get("/api/v2/accounts/", headers={"Authorization": f"{scheme} local-dbt-cloud"})

    assert answer.status_code == 200
    assert answer.json()["status"] == envelope_status(200, "Success!")


@pytest.mark.parametrize(
    "authorization",
    [None, "Token wrong", "local-dbt-cloud", "Basic local-dbt-cloud", "Token"],
)
def test_a_request_without_a_known_token_is_answered_401(raw, authorization):
    headers = {"Authorization": authorization} if authorization else {}

    answer = raw.get("/api/v2/accounts/", headers=headers)

    assert answer.status_code == 401
    message = "Invalid token: send `Authorization: Token <token>` with a token of this server."
    assert answer.json() == {"status": envelope_status(401, message), "data": None}


@pytest.mark.parametrize("path", ["1/jobs/999999/", "1/jobs/missing ID/", "2/jobs/"])
def test_what_is_not_there_is_reported_in_the_envelope_with_the_word_permission(owner, path):
    answer = owner.request("GET", f"/v2/accounts/{path}", status=404)

    assert answer["data"] is None
    assert "permission" in (message := answer["status"]["user_message"])
    assert answer["status"] == envelope_status(404, message)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/v3/accounts/{ACCOUNT}/license-maps/"),
        ("DELETE", f"/v2/accounts/{ACCOUNT}/"),
        ("POST", "/v4/"),
        ("GET", "/"),
    ],
)
def test_a_route_that_is_not_there_is_answered_501_and_named(owner, method, path):
    answer = owner.request(method, path, status=501)

    assert answer["status"]["user_message"] == (
        f"not emulated: {method} /api{path}; see localcloud/COVERAGE.md"
    )


ATTRIBUTES = f"/api/v3/accounts/1/projects/{PROJECT}/extended-attributes/"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "NaN",
        "-Infinity",
        "1e999",
        str(2**63),
        r'"\ud800"',
        r'{"\udfff": 1}',
        "[" * 150 + "]" * 150,
        "[" * 100_000 + "]" * 100_000,
    ],
)
def test_a_body_that_clients_could_not_read_back_is_refused(raw, value):
    body = f'{{"extended_attributes": {{"a": {value}}}}}'

    answer = raw.post(ATTRIBUTES, content=body, headers=AUTH)

    assert answer.status_code == 400
    assert "not JSON" in answer.json()["data"]["body"]
    assert raw.get(ATTRIBUTES, headers=AUTH).json()["data"] == []


def test_any_text_and_every_number_of_64_bits_is_reported_as_it_was_sent(raw):
    attributes = {"\0 ñ 😀": [2**63 - 1, -(2**63), 1e308], "'; DROP TABLE resource; --": None}

    made = raw.post(ATTRIBUTES, json={"extended_attributes": attributes}, headers=AUTH)

    assert made.json()["data"]["extended_attributes"] == attributes


def test_a_body_that_is_too_long_is_refused_before_it_is_read_to_its_end(raw, cloud):
    job = {**JOB, "name": "x" * MAX_BODY}

    answer = raw.post("/api/v2/accounts/1/jobs/", json=job, headers=AUTH)

    assert answer.status_code == 413
    assert answer.json()["status"]["code"] == 413
    assert "job" not in cloud.control.counts()


def test_a_refusal_names_each_field_in_a_nested_map(owner):
    wrong = {**JOB, "settings": {"threads": "4"}, "name": True}

    problems = owner.post(f"{owner.v2}/jobs/", wrong, status=400)

    assert problems == {
        "name": "Input should be a valid string",
        "settings": {"threads": "Input should be a valid integer"},
    }


def test_a_list_shows_all_counters_filters_and_order(owner):
    owner.job()

    extra = owner.request("GET", f"{owner.v2}/jobs/?limit=5&offset=0&project_id=10")["extra"]

    assert extra == {
        "filters": {
            "limit": 5,
            "offset": 0,
            "state": "active",
            "account_id": ACCOUNT,
            "project_id": "10",
        },
        "order_by": "id",
        "pagination": {"count": 1, "total_count": 1},
    }


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=-1", "limit=x", "offset=-3"])
def test_a_limit_out_of_bounds_is_brought_back_not_refused(owner, query):
    filters = owner.request("GET", f"{owner.v2}/jobs/?{query}")["extra"]["filters"]

    assert (filters["limit"], filters["offset"]) == (100, 0)


@pytest.mark.parametrize(
    ("order", "names"),
    [
        *(("name", "abc"), ("-name", "cba"), ("-created_at&limit=1", "a")),
        # It is no field's name, and changes nothing.
        ("id;drop table resource", "bca"),
    ],
)
def test_a_list_is_ordered_as_asked(owner, order, names):
    for name in ("b", "c", "a"):
        owner.job(name=name)

    found = owner.get(f"{owner.v2}/jobs/?order_by={order}")

    assert [job["name"] for job in found] == [*names]


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ("", ["kept"]),
        ("state=1", ["kept"]),
        ("state=active", ["kept"]),
        ("state=2", ["deleted"]),
        ("state=deleted", ["deleted"]),
        ("state=all", ["deleted", "kept"]),
    ],
)
def test_a_list_shows_the_state_that_is_asked_for(owner, state, names):
    deleted = owner.job(name="deleted")
    owner.job(name="kept")
    owner.delete(f"{owner.v2}/jobs/{deleted['id']}/")

    found = owner.get(f"{owner.v2}/jobs/?{state}")

    assert [job["name"] for job in found] == names


@pytest.mark.parametrize(
    ("header", "message"),
    [
        *(
            (("Host", host), "localhost")
            for host in (
                *("attacker.example", "127.0.0.1.attacker.example", "localhost@attacker.example"),
                *("", "[", "[::1"),
            )
        ),
        *(
            (("Origin", origin), "no web page but its own")
            # Another site, another program on this machine, and a page in a sandbox or from a file.
            for origin in (
                *("http://attacker.example", "http://localhost:3000", "http://127.0.0.1"),
                *("null", "http://["),
            )
        ),
    ],
)
@pytest.mark.parametrize("path", ["/api/v2/accounts/", "/__localcloud__/reset", "/jobs/1/run"])
def test_a_request_for_another_host_or_from_another_page_is_refused(raw, header, message, path):
    # A second origin does not hide the first.
    own = [("Origin", f"http://{raw.base_url.netloc.decode()}")] * (header[0] == "Origin")

    answer = raw.post(path, headers=[*AUTH.items(), header, *own])

    assert answer.status_code == 403
    assert message in answer.json()["status"]["user_message"]


@pytest.mark.parametrize(
    "line", ["GET /x%0Ay", "TRACE /api/v2/accounts/", "GET http://localhost/api/v2/accounts/"]
)
def test_what_fits_no_route_at_all_is_answered_501_in_the_envelope(cloud, line):
    status, answer = answer_to(cloud, line)

    assert status == answer["status"]["code"] == 501


def test_a_failure_of_the_server_is_reported_in_the_envelope(owner, cloud):
    # A job in an environment that was erased, which no request can do.
    job = owner.job()
    with cloud.store.writing() as session:
        session.put("job", {**session.get("job", job["id"]), "environment_id": 999_999})

    answer = owner.request("GET", f"{owner.v2}/jobs/", status=500)

    assert answer["status"]["code"] == 500
    assert "Traceback" not in json.dumps(answer)


def test_a_client_that_leaves_in_the_middle_of_a_body_is_no_failure(cloud, owner, caplog):
    caplog.set_level(logging.ERROR, "uvicorn.error")
    head = f"POST {owner.v2}/jobs/ HTTP/1.1\r\nHost: {cloud.host}\r\nContent-Length: 100\r\n\r\n"
    with socket.create_connection(("127.0.0.1", cloud.port), timeout=10) as connection:
        connection.sendall(head.encode() + b'{"name": ')
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)

    assert owner.get(f"{owner.v2}/jobs/") == []
    assert [record for record in caplog.records if record.exc_info] == []
