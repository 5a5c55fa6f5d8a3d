"""What the client makes of a token that was pasted wrongly, and of fields that are not as dbt Cloud has them.

What else an answer may be, each command is given in `tests/corpus/test_answers.py`.
"""

import json

import pytest
from pulumi_dbtcloud_datafold.account.access_url import AccessUrl
from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi, DbtCloudError

from tests.web_server import serving

TOKEN = "a-made-up-token"


@pytest.fixture
def server():
    """A web server that answers everything with its `data` and `extra`."""

    def answer(request):
        body = {"data": running.data, "extra": running.extra}
        request.send(200, {"Content-Type": "application/json"}, json.dumps(body))

    with serving(answer) as running:
        running.data, running.extra = None, EXTRA
        yield running


def refusal(server, question, token=TOKEN):
    with (
        DbtCloudApi(AccessUrl(server.origin), 1, token) as api,
        pytest.raises(DbtCloudError) as refused,
    ):
        question(api)
    return str(refused.value)


@pytest.mark.parametrize(
    "token", [f"{TOKEN}\n", f" {TOKEN}", f"{TOKEN}\n{TOKEN}", f"“{TOKEN}”", ""]
)
def test_a_token_that_was_pasted_with_something_else_is_refused_and_not_shown(server, token):
    message = refusal(server, DbtCloudApi.account, token)

    assert "it was not pasted as it is in dbt Cloud" in message
    assert TOKEN not in message
    assert server.requests == []


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


@pytest.mark.parametrize("listing", LISTINGS)
def test_an_item_with_the_fields_that_are_used_passes(server, listing):
    server.data = [LISTINGS[listing]]

    with DbtCloudApi(AccessUrl(server.origin), 1, TOKEN) as api:
        assert getattr(api, listing)() == [LISTINGS[listing]]


@pytest.mark.parametrize("listing", LISTINGS)
@pytest.mark.parametrize("odd", [None, [], {}, -1, True, 1.5])
def test_each_field_that_is_used_is_checked(server, listing, odd):
    for key in LISTINGS[listing]:
        server.data = [{**LISTINGS[listing], key: odd}]

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
    server.data, server.extra = data, extra

    message = refusal(server, lambda api: getattr(api, question)(*[5] * (question != "jobs")))

    assert f"as dbt Cloud does: {problem}" in message
