"""Programs that speak with dbt Cloud, as their authors published them, in a virtual environment of their own.

Their versions are in `constraints.txt`, and so is all they need; none of it is in the tests' own environment.
Clients that can only speak https (dbtc, dbt-cloud-cli, prefect-dbt, Airflow's provider) are not among them:
the local dbt Cloud has no certificate.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from toolchain import cache

CONSTRAINTS = Path(__file__).with_name("constraints.txt")
PACKAGES = ("dagster-dbt", "dbt-cloud-api-client", "dbt-jobs-as-code", "dlt", "pydbtcloud")
PROGRAMS = Path(__file__).with_name("programs")

NO_TELEMETRY = {
    "DAGSTER_DISABLE_TELEMETRY": "true",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "no_proxy": "127.0.0.1",
}
"""The programs contact the local dbt Cloud only."""

_LONGEST_SECONDS = 180


@dataclass(frozen=True)
class Clients:
    """The virtual environment."""

    folder: Path

    def call(self, command, *arguments, **environment):
        """Run one of the environment's commands."""
        return subprocess.run(
            [self.folder / "bin" / command, *map(str, arguments)],
            env={**os.environ, **NO_TELEMETRY, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=_LONGEST_SECONDS,
        )


def ensure(report):
    """Find the environment, or make it first: about a minute, 300 MB, a package index is needed."""
    pins = CONSTRAINTS.read_bytes() + repr((sys.version, PACKAGES)).encode()
    folder = cache.directory() / f"clients-{hashlib.sha256(pins).hexdigest()[:16]}"
    complete = folder / "complete"
    with cache.lock(folder.with_suffix(".lock"), "client programs", report):
        if not complete.is_file():
            # What is there is from an installation that was interrupted.
            shutil.rmtree(folder, ignore_errors=True)
            report(f"client programs: installing {', '.join(PACKAGES)} (about a minute, once)")
            venv.create(folder, with_pip=True, symlinks=True)
            pip = [folder / "bin" / "python", "-m", "pip", "install", "--no-input", "--quiet"]
            subprocess.run([*pip, "--constraint", CONSTRAINTS, *PACKAGES], check=True)
            complete.touch()
    return Clients(folder)
