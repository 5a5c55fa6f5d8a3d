"""A signal ends the wait of the main thread, whichever thread it is delivered to."""

import subprocess
import sys

import pytest

PROGRAM = """
import signal, threading
from toolchain.signals import set_at_signals

ended = threading.Event()
set_at_signals(ended)
if {to_another_thread}:
    kill = lambda: signal.pthread_kill(threading.get_ident(), signal.{name})
    threading.Timer(0.1, kill).start()
else:
    signal.raise_signal(signal.{name})
print(ended.wait(10))
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("to_another_thread", [False, True])
def test_a_signal_sets_the_event_even_if_it_does_not_wake_the_main_thread(name, to_another_thread):
    program = PROGRAM.format(name=name, to_another_thread=to_another_thread)

    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )

    assert (ended.stdout, ended.stderr, ended.returncode) == ("True\n", "", 0)
