"""How a process that waits learns that it is to end."""

import signal
import socket
import threading


def set_at_signals(ended: threading.Event) -> None:
    """Set the event at SIGINT and SIGTERM; to be called by the main thread.

    A handler that sets it would not do: Python runs handlers in the main thread, which a signal does not wake if it
    comes just before that thread begins to wait, or to another thread.
    """
    woken, waker = socket.socketpair()
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    for number in (signal.SIGINT, signal.SIGTERM):
        # Any handler of Python's has the number written to the waker at once.
        signal.signal(number, lambda *_: None)
    threading.Thread(target=_set, args=(ended, woken, waker), daemon=True).start()


def _set(ended: threading.Event, woken: socket.socket, _waker: socket.socket) -> None:
    # The waker is an argument to stay open as long as this thread.
    while woken.recv(1):
        ended.set()
