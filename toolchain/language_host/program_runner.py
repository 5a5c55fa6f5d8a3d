"""Runs one Pulumi program; started by the language host in the project's own Python.

Takes its settings, the stack's secrets among them, from a pipe, because command lines and
environments can be read by others. While the host lives it keeps the pipe open; when the pipe ends
the host is gone, and the program ends too.

Imports only the standard library and the Pulumi SDK: a project's Python need not have more. It is
run as a file, so its own folder must not stay on `sys.path`.
"""

import asyncio
import json
import logging
import os
import runpy
import signal
import sys
import threading
import traceback
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

ERROR_SHOWN = 32
"""Exit code: the user has seen the error already."""

_THREADS_PER_OPERATION = 4
"""As in the official host: with fewer, big programs stall on their own blocking calls."""


def main() -> int:
    """Run the program that the settings name and return the exit code."""
    signal.signal(signal.SIGINT, _interrupt)
    sys.path.pop(0)
    pipe = os.fdopen(int(sys.argv[1]), "rb")
    os.set_inheritable(pipe.fileno(), False)
    settings = json.loads(pipe.readline())
    threading.Thread(target=_end_with_host, args=(pipe,), daemon=True).start()
    try:
        import pulumi.runtime
    except ImportError as error:
        print(_no_sdk(error), file=sys.stderr, flush=True)
        return ERROR_SHOWN
    # Tasks that a failing program leaves behind do not concern the user.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        pulumi.runtime.set_all_config(settings["config"], settings["config_secret_keys"])
        pulumi.runtime.configure(pulumi.runtime.Settings(**settings["settings"]))
        sys.argv = [settings["program"], *settings["args"]]
        _run(settings["program"], settings["settings"]["parallel"])
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return ERROR_SHOWN
    except Exception as error:  # noqa: BLE001 - whatever the user's program raised is shown
        pulumi.log.error(_explain(error))
        return ERROR_SHOWN
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _end_with_host(pipe: BinaryIO) -> None:
    pipe.read()
    os._exit(1)


def _interrupt(*_: object) -> None:
    """End quietly: the engine interrupts a program when a resource failed, and has reported that.

    It may interrupt more than once. Tasks that do not finish then do not concern the user.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")
    raise KeyboardInterrupt


def _no_sdk(error: ImportError) -> str:
    return (
        f"the Pulumi SDK cannot be imported by {sys.executable}\n"
        f"  problem: {error}\n"
        f"  fix:     run `pulumi install`, or install the project's dependencies into that Python"
    )


def _run(program: str, parallel: int) -> None:
    import pulumi.runtime

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max_workers=max(parallel, 1) * _THREADS_PER_OPERATION)
    loop.set_default_executor(executor)
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: _execute(program)))
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        loop.close()


def _execute(program: str) -> None:
    import pulumi

    if Path(program).is_dir() and not Path(program, "__main__.py").exists():
        message = f"no __main__.py in {Path(program).absolute()}, where Pulumi.yaml says it is"
        raise pulumi.RunError(message)
    runpy.run_path(program, run_name="__main__")


def _explain(error: Exception) -> str:
    """Return the error as the user's own `python` would print it: without our frames."""
    import pulumi

    ours = (__file__, runpy.__file__, "<frozen ", asyncio.__path__[0])
    frames = _after(error.__traceback__, (*ours, pulumi.__path__[0]))
    if frames is None and not isinstance(error, SyntaxError):
        # The traceback has no code of the user, as when the SDK raises again what an `apply` raised.
        frames = _after(error.__traceback__, ours)
    text = "".join(traceback.format_exception(error.with_traceback(frames)))
    return f"the program failed:\n{text}"


def _after(frames: TracebackType | None, prefixes: tuple[str, ...]) -> TracebackType | None:
    """Leave out the frames before the first whose file begins with none of `prefixes`."""
    while frames is not None and frames.tb_frame.f_code.co_filename.startswith(prefixes):
        frames = frames.tb_next
    return frames


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        # Not sys.exit, which waits for threads whose calls the engine does not answer any more.
        os._exit(ERROR_SHOWN)
