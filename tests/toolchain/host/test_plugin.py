"""Component providers written in Python run for the engine."""

import json
import sys

import pytest

from tests.toolchain import processes
from tests.toolchain.host.greeting import GREET, HOST


def test_a_folder_with_a_main_module_serves_its_components_and_ends_with_the_command(
    project, plugin
):
    mark = plugin / "pid"
    record = f"import os, pathlib\npathlib.Path({str(mark)!r}).write_text(str(os.getpid()))\n"
    (plugin / "greeting.py").write_text(GREET)
    (plugin / "__main__.py").write_text(record + HOST)

    schema = json.loads(project.pulumi("package", "get-schema", str(plugin)))

    processes.wait_until(lambda: not processes.alive([int(mark.read_text())]))
    greet = schema["resources"]["greet:index:Greet"]
    assert greet["isComponent"] is True
    assert greet["inputProperties"] == {"who": {"type": "string"}}
    assert greet["properties"] == {"text": {"type": "string"}}


def test_an_installed_package_serves_the_components_it_exports(project, plugin, tmp_path):
    (tmp_path / "site" / "greet_kit").mkdir(parents=True)
    (tmp_path / "site" / "greet_kit" / "__init__.py").write_text(GREET)
    (plugin / "pyproject.toml").write_text('[project]\nname = "greet-kit"\nversion = "1"\n')

    schema = project.pulumi(
        *("package", "get-schema", str(plugin)),
        PYTHONPATH=str(tmp_path / "site"),
    )

    assert "greet-kit:index:Greet" in schema


@pytest.mark.parametrize(
    ("main", "reason"),
    [
        (None, "there is no __main__.py"),
        ("raise SystemExit('no components today')\n", "no components today"),
    ],
)
def test_a_folder_that_cannot_be_run_is_refused(project, plugin, main, reason):
    if main:
        (plugin / "__main__.py").write_text(main)

    assert reason in project.refused("package", "get-schema", str(plugin))


def test_the_provider_runs_in_its_own_virtualenv(project, plugin):
    (plugin / "PulumiPlugin.yaml").write_text(
        "runtime:\n  name: python\n  options: {virtualenv: own}\n"
    )
    (plugin / "own").symlink_to(sys.prefix)
    (plugin / "__main__.py").write_text("import sys\nraise SystemExit(sys.prefix)\n")

    _, shown = project.try_pulumi("package", "get-schema", str(plugin))

    assert f"{plugin}/own" in shown


def test_writing_an_sdk_is_left_to_the_official_host(project, plugin):
    (plugin / "greeting.py").write_text(GREET)
    (plugin / "__main__.py").write_text(HOST)

    shown = project.refused("package", "add", str(plugin))

    assert "writing an SDK for a package is not done by this language host" in shown
    assert "https://www.pulumi.com/docs/install/" in shown
