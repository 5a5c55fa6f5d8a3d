"""The `dbtcloud` provider plugin of a private home: the official one, or our fake one.

Its version is that of the installed SDK (`pulumi_dbtcloud`), which is generated from it.
"""

import importlib.metadata
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from toolchain import releases
from toolchain.cache import Report
from toolchain.errors import ToolchainError
from toolchain.files import link_or_copy, write_script
from toolchain.plugin_version import plugin_version
from toolchain.progress import run_with_heartbeat

VERSION = importlib.metadata.version("pulumi_dbtcloud")
"""The plugin's, which is the SDK's, without a leading v."""

PROGRAM = "pulumi-resource-dbtcloud"
"""File name of the plugin."""

FOLDER = f"resource-dbtcloud-v{VERSION}"
"""Name of its folder in a plugin cache."""

_OFFICIAL = f"provider: official dbtcloud {VERSION}"

_SERVER = "https://api.github.com"
"""Where Pulumi looks for the plugin first."""


def prepare(plugins: Path, pulumi: Path, environment: Mapping[str, str], report: Report) -> None:
    """Put the plugin into the folder `plugins` of a private home, if a right one is not there.

    An official plugin is preferred to the fake one, and one that is there already stays.

    Args:
        plugins: The plugin cache of the home.
        pulumi: The engine, which downloads the official plugin.
        environment: What to run it with.
        report: Receives a line about which provider it is.
    """
    program = plugins / FOLDER / PROGRAM
    if _is_program(program):
        report(_OFFICIAL)
        return
    official = _installed(plugins)
    if official is not None:
        link_or_copy(official, program)
        report(f"{_OFFICIAL}, from {official}")
        return

    def download() -> bool:
        # Pulumi itself tries for a long time where there is no network.
        releases.answer(releases.mirror() or _SERVER)
        try:
            install_official(plugins, pulumi, environment, report)
        except ToolchainError as error:
            message = str(error).splitlines()[0]
            raise releases.DownloadError(message) from error
        return True

    if releases.attempt("provider", download, report):
        return
    launcher = f"""\
#!/bin/sh
# A fake of Pulumi's dbtcloud provider: it talks to a local dbt Cloud only.
exec {shlex.quote(sys.executable)} -P -m toolchain.fake_provider "$@"
"""
    write_script(program, launcher)
    report(f"provider: fake (dbtcloud {VERSION}, for a local dbt Cloud only)")


def install_official(
    plugins: Path, pulumi: Path, environment: Mapping[str, str], report: Report
) -> None:
    """Download the official plugin in place of the fake one.

    Args:
        plugins: The plugin cache of the home.
        pulumi: The engine.
        environment: What to run it with.
        report: Receives the lines about progress.

    Raises:
        ToolchainError: it could not be installed. What was there before stays.
    """
    target, aside = plugins / FOLDER, plugins / f".{FOLDER}"
    if _is_program(target / PROGRAM):
        report(f"{_OFFICIAL} is installed")
        return
    shutil.rmtree(aside, ignore_errors=True)
    if target.exists():
        target.rename(aside)
    mirror = releases.mirror()
    server = ["--server", mirror] if mirror else []
    finished = run_with_heartbeat(
        [pulumi, "plugin", "install", "resource", "dbtcloud", VERSION, *server],
        f"provider: downloading the official dbtcloud {VERSION}",
        report,
        env=environment,
    )
    if finished.returncode != 0:
        shutil.rmtree(target, ignore_errors=True)
        if aside.exists():
            aside.rename(target)
        message = f"""\
the official provider could not be installed
  problem: `pulumi plugin install resource dbtcloud {VERSION}` failed:
{finished.tail()}
  fix:     one of
           - let this machine reach https://github.com/pulumi/pulumi-dbtcloud/releases
           - copy {FOLDER} from another machine's ~/.pulumi/plugins into {plugins}"""
        raise ToolchainError(message)
    shutil.rmtree(aside, ignore_errors=True)
    report(_OFFICIAL)


def _installed(plugins: Path) -> Path | None:
    """Return the program of the official plugin that the user has, if it has the right version."""
    user_home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    cached = user_home / "plugins" / FOLDER / PROGRAM
    if user_home / "plugins" != plugins and _is_program(cached):
        return cached
    on_path = Path(shutil.which(PROGRAM) or "")
    return on_path if _is_program(on_path) and plugin_version(on_path) == VERSION else None


def _is_program(file: Path) -> bool:
    """Tell a real plugin, which is a binary, from our launcher."""
    if not (file.is_file() and os.access(file, os.X_OK)):
        return False
    with file.open("rb") as opened:
        return opened.read(2) != b"#!"
