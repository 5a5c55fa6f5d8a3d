"""A first run that takes its time, or ends badly, where the stack waits for it."""

import threading

import pytest
from pulumi_dbtcloud_datafold.jobs import first_run

from localcloud import testing
from tests.components.cli.test_first_run import LOOK
from tests.infra.engine.deployment import ANALYTICS

PATIENCE_SECONDS = 60


class Idle:
    """Leaves every run where it is: queued."""

    def __getattr__(self, _name):
        return lambda *_args, **_options: None


@pytest.fixture
def cloud(tmp_path):
    with testing.running(tmp_path / "cloud", make_executor=lambda *_: Idle()) as running:
        yield running


def project(wait_seconds):
    merge = {"first_run": True, "first_run_wait_seconds": wait_seconds}
    return {"analytics": {**ANALYTICS, "merge_job": merge}}


def test_a_run_that_does_not_end_in_time_is_a_warning(stack):
    stack.configure(projects=project(1))

    up = stack.up()

    assert "first run of 'Merge' has not ended yet, and is no longer waited for" in up.one_line


@pytest.mark.parametrize(("status", "visible_after"), [(403, 60.0), (404, 0.0)])
def test_a_run_that_can_no_longer_be_seen_is_a_warning(stack, monkeypatch, status, visible_after):
    monkeypatch.setattr(first_run, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(first_run, "VISIBLE_AFTER_SECONDS", visible_after)
    stack.configure(projects=project(PATIENCE_SECONDS))
    stack.cloud.control.plan({"method": "GET", "path": LOOK, "status": status})

    up = stack.up()

    assert "first run of 'Merge' was started and can no longer be followed" in up.one_line
    assert f"was answered {status}" in up.one_line


def test_a_run_that_fails_is_a_warning_with_its_reason_and_the_job_stays(stack, account):
    stack.configure(projects=project(PATIENCE_SECONDS))
    ended = threading.Event()

    def cancel():
        for _ in range(PATIENCE_SECONDS * 5):
            for run in account.all_runs():
                account.client.post(f"/v2/accounts/1/runs/{run['id']}/cancel/", {})
                ended.set()
                return
            ended.wait(0.2)

    canceller = threading.Thread(target=cancel)
    canceller.start()

    up = stack.up()
    canceller.join()

    [run] = account.runs(stack.jobs()["10 Merge"]["id"])
    assert ended.is_set()
    assert "first run of 'Merge' failed (Cancelled" in up.one_line
    assert f"/deploy/1/projects/10/runs/{run['id']}" in up.one_line
