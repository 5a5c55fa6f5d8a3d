"""Health, state, reset, planned faults, latency and the clock."""

import json
import re
import threading
import time

import httpx
import pytest

from localcloud.resources.operations import OPERATIONS
from tests.localcloud.contract.client import ACCOUNT, JOB, OTHER_PROJECT


def jobs(client):
    return client.get(f"{client.v2}/jobs/")


def test_a_reset_brings_back_the_seed_and_the_first_ids(owner, cloud):
    first = owner.job()
    run = owner.run(first["id"])
    owner.delete(f"{owner.v3}/projects/{OTHER_PROJECT}/")

    cloud.control.reset()

    assert jobs(owner) == []
    assert [project["id"] for project in owner.get(f"{owner.v3}/projects/")] == [10, 20]
    assert owner.job()["id"] == first["id"]
    owner.get(f"{owner.v2}/runs/{run['id']}/artifacts/", status=404)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v2/accounts/{account_id}/jobs/", 503),
        ("/api/v2/accounts/*/jobs/", 418),
        (f"/v2/accounts/{ACCOUNT}/jobs", 499),
        # It need have no name in HTTP.
        *(("*/jobs/", 520), ("*/jobs/", 599)),
    ],
)
def test_a_planned_status_is_answered_once_and_nothing_is_stored(owner, cloud, path, status):
    cloud.control.plan({"method": "POST", "path": path, "status": status})

    answer = owner.request("POST", f"{owner.v2}/jobs/", JOB, status=status)

    assert answer["status"]["code"] == status
    assert jobs(owner) == []
    owner.post(f"{owner.v2}/jobs/", JOB, status=201)


def test_planned_faults_are_met_in_order_and_accounted_for(owner, cloud):
    path = "/v2/accounts/{account_id}/jobs/"
    cloud.control.plan(
        {"method": "POST", "path": path, "status": 500, "times": 2},
        {"method": "POST", "path": path, "status": 503},
        {"method": "GET", "path": "/v2/accounts/", "status": 500},
    )

    for status in (500, 500, 503, 201):
        owner.post(f"{owner.v2}/jobs/", JOB, status=status)

    assert [(fault["met"], fault["unmet"]) for fault in cloud.control.faults()] == [
        (2, 0),
        (1, 0),
        (0, 1),
    ]
    assert cloud.control.faults()[0]["met_by"] == ["POST /v2/accounts/1/jobs/"] * 2
    assert cloud.control.unmet() == 1
    cloud.control.clear_faults()
    assert cloud.control.unmet() == 0


def test_a_fault_can_be_planned_at_every_operation_by_the_name_in_the_coverage(owner, cloud):
    cloud.control.plan(
        *({"method": route.method, "path": route.path, "status": 418} for route in OPERATIONS)
    )

    for route in OPERATIONS:
        owner.request(route.method, re.sub(r"\{[^}]+\}", "1", route.path), status=418)

    assert [fault["met"] for fault in cloud.control.faults()] == [1] * len(OPERATIONS)


def test_a_lost_answer_may_have_a_status(owner, cloud):
    cloud.control.plan({"path": "*/jobs/", "effect": "lost_answer", "status": 503})

    owner.post(f"{owner.v2}/jobs/", JOB, status=503)

    assert [job["name"] for job in jobs(owner)] == ["Production"]


@pytest.mark.parametrize("silence", [{}, {"seconds": 0.5}])
@pytest.mark.parametrize(
    ("effect", "problem", "stored"),
    [
        ("lost_answer", "disconnected without sending a response", ["Production"]),
        ("reset", "reset by peer", []),
    ],
)
def test_a_connection_ends_after_the_change_is_stored_or_before_at_once_or_after_a_silence(
    owner, cloud, effect, problem, stored, silence
):
    fault = {"method": "POST", "path": "*/jobs/", "effect": effect, **silence}
    cloud.control.plan({**fault, "times": 2})

    for patience in (0.1, 10) if silence else (10, 10):
        # The server survives that the first client gives up meanwhile.
        ends = "timed out" if patience < 1 else problem
        with pytest.raises(httpx.TransportError, match=ends):
            owner.http.post(f"{owner.v2}/jobs/", json=JOB, timeout=patience)

    assert [job["name"] for job in jobs(owner)] == 2 * stored


def test_a_slow_answer_arrives_late_and_others_do_not_wait_for_it(owner, cloud):
    cloud.control.plan({"path": "*/jobs/", "effect": "slow", "seconds": 0.3})

    ended = []

    def ask(path):
        owner.get(path)
        ended.append(path)

    slow = threading.Thread(target=ask, args=(f"{owner.v2}/jobs/",))
    slow.start()
    while not cloud.control.faults()[0]["met"]:
        """The slow request is on its way."""
    ask("/v2/accounts/")
    slow.join()

    assert ended == ["/v2/accounts/", f"{owner.v2}/jobs/"]


@pytest.mark.parametrize(("limit", "seconds"), [({}, 300), ({"seconds": 10}, 10)])
def test_a_rate_limit_refuses_everything_and_meets_no_fault_until_it_has_cooled_down(
    owner, cloud, limit, seconds
):
    cloud.control.set_clock("2026-01-01T00:00:00+00:00")
    limit |= {"path": "*/jobs/", "effect": "rate_limit", "times": 2}
    cloud.control.plan(limit, {"path": "*/accounts/", "status": 503})
    of_jobs, of_accounts = f"{owner.v2}/jobs/", "/v2/accounts/"

    for path in (of_jobs, of_accounts, of_jobs):
        message = owner.request("GET", path, status=429)["status"]["user_message"]
        assert f"wait {seconds} seconds" in message
    met = [fault["met"] for fault in cloud.control.faults()]
    cloud.control.advance_clock(seconds)
    owner.request("GET", of_accounts, status=503)
    owner.request("GET", of_jobs, status=429)

    assert met == [1, 0]
    assert cloud.control.unmet() == 0


def test_every_answer_takes_longer_by_the_latency(owner, cloud):
    cloud.control.set_latency(0.2)

    began = time.monotonic()
    jobs(owner)

    assert time.monotonic() - began >= 0.2


def test_the_clock_stands_still_goes_on_or_follows_the_machine(cloud):
    clock = cloud.control.http

    cloud.control.set_clock("2026-01-01T00:00:00+00:00")
    frozen = clock.get("clock").json()
    cloud.control.set_clock("2026-01-01T00:00:00+00:00", frozen=False)
    running = clock.get("clock").json()
    stopped = clock.post("clock", json={"frozen": True}).json()
    still = clock.get("clock").json()
    machine = clock.delete("clock").json()

    assert frozen == {"now": "2026-01-01T00:00:00+00:00", "frozen": True}
    assert running["now"].startswith("2026-01-01T00:00:0")
    assert running["now"] > frozen["now"]
    assert stopped["now"] > running["now"]
    assert stopped == still == {"now": stopped["now"], "frozen": True}
    assert not machine["now"].startswith("2026-01-01T00:00:0")


def test_steps_that_lead_out_of_time_are_refused_and_leave_the_clock_going(owner, cloud):
    century = {"advance_seconds": 100 * 365 * 86400}

    refused = next(
        answer
        for _ in range(90)
        if (answer := cloud.control.http.post("clock", json=century)).status_code != 200
    )

    assert refused.status_code == 400
    assert "from 1970 to 9000" in refused.json()["problems"][0]["problem"]
    assert owner.job(schedule={"date": {"type": "custom_cron", "cron": "0 0 1 1 *"}})["next_run"]


@pytest.mark.parametrize(
    ("route", "body", "path"),
    [
        ("faults", {"path": "*"}, "0"),
        ("faults", {"path": "*", "status": 503, "efect": "slow"}, "0.efect"),
        ("faults", {"path": "*", "status": 200}, "0.status"),
        ("faults", {"path": "*", "effect": "slow"}, "0"),
        ("faults", {"path": "*", "effect": "reset", "status": 503}, "0"),
        ("faults", {"path": "*", "effect": "explode"}, "0.effect"),
        ("latency", {"seconds": -1}, "seconds"),
        ("clock", {"now": "2026-01-01T00:00:00"}, "now"),
        ("clock", {"now": "0001-01-01T00:00:00+14:00"}, "now"),
        ("clock", {"now": "9999-12-31T23:59:59-14:00"}, "now"),
        ("clock", {"advance_seconds": 1e300}, "advance_seconds"),
        ("clock", {"advance_seconds": -1e300}, "advance_seconds"),
        ("clock", {"now": "2030-01-01T00:00:00Z", "advance_seconds": 1}, "body"),
        ("faults", {"path": "*", "status": 503, "seconds": 5}, "0"),
        ("faults", {"path": "*", "status": 503, "method": "FETCH"}, "0.method"),
        ("faults", {"path": "", "status": 503}, "0.path"),
        ("jobs", {"job_id": 999, "deactivated": True}, "job_id"),
        ("faults", {"path": "\ud800", "status": 503}, "body"),
    ],
)
def test_a_wrong_control_request_is_refused_by_its_place(cloud, route, body, path):
    answer = cloud.control.http.post(route, content=json.dumps(body))

    assert answer.status_code == 400
    assert [problem["path"] for problem in answer.json()["problems"]] == [path]


def test_control_routes_are_not_under_api_and_unknown_ones_are_501(raw):
    assert raw.get("/api/__localcloud__/health").status_code == 501
    assert raw.get("/__localcloud__/nothing").status_code == 501


def test_a_job_is_deactivated_and_active_again_after_a_change_or_a_run(owner, cloud):
    job = owner.job()
    path = f"{owner.v2}/jobs/{job['id']}/"

    cloud.control.set_deactivated(job["id"])
    deactivated = owner.get(path)
    changed = owner.post(path, {"name": "Other"})
    cloud.control.set_deactivated(job["id"])
    owner.run(job["id"])
    after_run = owner.get(path)
    cloud.control.set_deactivated(job["id"])
    cloud.control.set_deactivated(job["id"], deactivated=False)

    assert (deactivated["deactivated"], deactivated["run_failure_count"]) == (True, 100)
    assert deactivated["next_run"] is None
    assert (changed["deactivated"], changed["run_failure_count"]) == (False, 0)
    assert after_run["deactivated"] is False
    assert owner.get(path)["deactivated"] is False
