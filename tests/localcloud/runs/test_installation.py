"""The dbt that runs are executed with: what the extra `[local]` must bring, and how it fails."""

import ast
import os
import re
import sys
import threading
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from filelock import FileLock

import localcloud
from localcloud.cancellation import CancellationError, CancellationToken, Cause
from localcloud.runs import dbt_installation
from localcloud.runs.dbt_installation import InstallationError, ensure
from tests.localcloud.runs.barrier import SECONDS

SOURCE = Path(localcloud.__file__).parent
ROOT = SOURCE.parent
PINS = dbt_installation.CONSTRAINTS.read_text()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, so that dbt is not installed."""
    monkeypatch.setenv("DATAFOLD_CACHE_DIR", str(tmp_path))
    return tmp_path


def imported():
    """The packages that the local dbt Cloud imports, outside of itself and the standard library."""
    found = set()
    for file in SOURCE.rglob("*.py"):
        if file.name == "sql_script.py":
            # Executed by the Python that dbt is installed for.
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - {"localcloud"}


def test_the_extra_local_brings_everything_that_the_local_dbt_cloud_imports():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["local"]]
    brought = {re.match(r"[\w.-]+", line)[0].lower() for line in declared}
    distributions = metadata.packages_distributions()

    needed = {distributions[name][0].lower() for name in imported()}

    assert "starlette" in needed
    assert needed <= brought


def test_dbt_and_its_adapter_are_pinned_to_one_minor_version():
    versions = dict(re.findall(r"^(dbt-core|dbt-duckdb|duckdb)==(\S+)$", PINS, re.M))

    assert versions.keys() == {"dbt-core", "dbt-duckdb", "duckdb"}
    assert versions["dbt-core"].split(".")[:2] == versions["dbt-duckdb"].split(".")[:2]
    # Every line is an exact pin or a comment.
    assert [line for line in PINS.splitlines() if not re.match(r"#|[\w.-]+==\S+$", line)] == []


def test_an_installation_that_is_there_is_used(cache):
    home = cache / f"dbt-{dbt_installation._key()}"
    home.mkdir()
    (home / "complete").touch()
    lines = []

    found = ensure(lines.append, CancellationToken())

    assert (found.dbt, found.python) == (home / "bin" / "dbt", home / "bin" / "python")
    assert f"dbt-core=={found.version}\n" in PINS
    assert lines == []


def test_without_a_package_index_the_failure_says_what_to_check(cache, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    lines = []

    with pytest.raises(InstallationError) as error:
        ensure(lines.append, CancellationToken())

    assert lines[0].startswith("Installing dbt 1.")
    assert "\nERROR: " in str(error.value)
    assert "Check that pip reaches a package index (pip config list)" in str(error.value)
    assert not [*cache.glob("dbt-*/complete")]


def test_another_process_that_installs_is_waited_for_and_the_wait_can_be_stopped(cache):
    home = cache / f"dbt-{dbt_installation._key()}"
    lines, waiting, cancellation, ended = [], threading.Event(), CancellationToken(), []

    def report(line):
        lines.append(line)
        waiting.set()

    def install():
        with pytest.raises(CancellationError):
            ensure(report, cancellation)
        ended.append(True)

    with FileLock(home.with_suffix(".lock")):
        thread = threading.Thread(target=install)
        thread.start()
        assert waiting.wait(SECONDS)
        cancellation.cancel(Cause.REQUESTED)
        thread.join(SECONDS)

    assert lines == ["Waiting for another process, which is installing dbt\n"]
    assert ended == [True]
