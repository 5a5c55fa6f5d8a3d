"""When the provider's process ends: always when the engine does, and never sooner."""

import signal
import subprocess
import sys
import threading

import pytest

from tests.toolchain.provider.declared import JOB, JOB_URN
from tests.toolchain.provider.provider_process import ProviderProcess

END_SECONDS = 15

# What the engine does: it starts the provider with a pipe as its input, and waits.
ENGINE = """
import subprocess, sys, time
child = subprocess.Popen(
    [sys.executable, "-m", "toolchain.fake_provider"], stdin=getattr(subprocess, sys.argv[1])
)
time.sleep(600)
"""


@pytest.mark.parametrize("how", ["PIPE", "DEVNULL"])
def test_a_killed_engine_leaves_no_provider_behind(how):
    engine = subprocess.Popen(
        [sys.executable, "-c", ENGINE, how], stdout=subprocess.PIPE, text=True
    )
    port = engine.stdout.readline()

    engine.kill()
    # The provider holds the other end of this output, so it ends when the provider does.
    rest, _ = engine.communicate(timeout=END_SECONDS)

    assert port.strip().isdigit()
    assert rest == ""


def cancel(provider):
    assert provider.call("Cancel", {}) == ({}, None)


def interrupt(provider):
    provider.process.send_signal(signal.SIGINT)


def terminate(provider):
    provider.process.send_signal(signal.SIGTERM)


def hang_up(provider):
    provider.process.stdin.close()


@pytest.mark.parametrize("end", [interrupt, terminate, cancel])
def test_the_provider_ends_quietly_having_written_its_port_only(end):
    provider = ProviderProcess()
    end(provider)
    provider.process.wait(END_SECONDS)

    assert provider.port > 0
    assert provider.close() == ("", "")
    assert provider.process.returncode == 0


@pytest.mark.parametrize("end", [cancel, interrupt, hang_up])
def test_the_end_does_not_wait_for_the_next_attempt(service, end):
    provider = ProviderProcess()
    provider.configure(service.address, retryIntervalSeconds="3600")
    service.faults = [503, 503]
    arrived = threading.Event()
    service.before = lambda method, path: arrived.set()
    answers = []
    creating = threading.Thread(
        target=lambda: answers.append(provider.call("Create", {"urn": JOB_URN, "properties": JOB}))
    )

    creating.start()
    assert arrived.wait(END_SECONDS)
    end(provider)
    creating.join(END_SECONDS)
    provider.process.wait(END_SECONDS)

    [(answer, [error])] = answers
    assert answer is None
    assert "unexpected status code 503" in error
    assert len(service.sent()) == 1


def test_the_end_does_not_wait_for_a_service_that_hangs(service):
    provider = ProviderProcess()
    provider.configure(service.address, timeoutSeconds="3600")
    arrived, released = threading.Event(), threading.Event()

    def hang(method, path):
        arrived.set()
        released.wait(60)

    service.before = hang
    creating = threading.Thread(
        target=provider.call, args=("Create", {"urn": JOB_URN, "properties": JOB})
    )

    creating.start()
    assert arrived.wait(END_SECONDS)
    hang_up(provider)
    provider.process.wait(END_SECONDS)
    released.set()
    creating.join(END_SECONDS)

    assert provider.process.returncode == 0
