"""How a process that waits learns that it is to end."""

import signal
import socket
import threading


def set_at_signals(ended: threading.Event) -> None:
    """Set the event at SIGINT and SIGTERM; to be called by the main thread.

    A handler that sets the event is not enough. Python runs handlers in the main thread, and a signal does not wake
    that thread if it arrives just before the thread begins to wait, or in another thread.
    """
    woken, waker = socket.socketpair()
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    for number in (signal.SIGINT, signal.SIGTERM):
        # With any Python handler, the interpreter writes the number to the waker at once.
        signal.signal(number, lambda *_: None)
    threading.Thread(target=_set, args=(ended, woken, waker), daemon=True).start()


def _set(ended: threading.Event, woken: socket.socket, _waker: socket.socket) -> None:
    # The waker is an argument to stay open as long as this thread.
    while woken.recv(1):
        ended.set()
