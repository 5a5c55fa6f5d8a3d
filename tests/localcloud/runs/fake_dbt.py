"""A fake `dbt` program: a small real process that reports its inputs.

It does what its options say and ignores the rest, so that a job's command says what will happen:

    dbt run --hold FIFO   waits until the FIFO, once opened by the test, is closed again
    dbt run --deaf        does not end when asked to
    dbt run --child       starts a process that is deaf and silent, and waits there too
    dbt run --fail        ends with exit code 1
    dbt run --bare        leaves no manifest.json
    dbt run --say NAME    prints that environment variable, and writes it to its log

`DBT_FAKE_FAILS` names commands that fail, such as `source,docs`.

`manifest.json` and `run_results.json` contain the arguments, the environment, the profile and the
files that it found; `dbt ls` and `dbt deps` leave no results. Only the standard library: it is
started as a file of its own.
"""

import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path


def main(arguments):
    if "--deaf" in arguments:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("fake dbt:", *arguments, flush=True)
    for option, value in itertools.pairwise(arguments):
        if option == "--say":
            say(value)
    target = Path(os.environ["DBT_TARGET_PATH"])
    found = {
        "arguments": arguments,
        "environment": dict(os.environ),
        "profile": (Path(os.environ["DBT_PROFILES_DIR"]) / "profiles.yml").read_text(),
        "files": sorted(os.listdir()),
        "state": files_of("DBT_STATE"),
        "defer_state": files_of("DBT_DEFER_STATE"),
    }
    if "--bare" not in arguments:
        (target / "manifest.json").write_text(json.dumps(found))
    if arguments[0] not in ("deps", "ls"):
        (target / "run_results.json").write_text(json.dumps(found))
    if arguments[:2] == ["docs", "generate"]:
        (target / "catalog.json").write_text("{}")
    if "--hold" in arguments:
        hold(arguments[arguments.index("--hold") + 1], arguments)
    failing = os.environ.get("DBT_FAKE_FAILS", "").split(",")
    return 1 if "--fail" in arguments or arguments[0] in failing else 0


def say(name):
    value = os.environ.get(name, "(not set)")
    print(f"{name}={value}", flush=True)
    log = Path(os.environ["DBT_LOG_PATH"])
    log.mkdir(parents=True, exist_ok=True)
    with (log / "dbt.log").open("a") as file:
        file.write(f"debug {name}={value}\n")


def hold(fifo, arguments):
    if "--child" in arguments:
        command = [*sys.orig_argv[:3], "run", "--hold", fifo, "--deaf"]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        # Written once it is deaf.
        child.stdout.readline()
    with open(fifo, "rb") as file:
        file.read()


def files_of(variable):
    directory = os.environ.get(variable)
    if directory is None:
        return None
    return {file.name: json.loads(file.read_text()) for file in Path(directory).iterdir()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
