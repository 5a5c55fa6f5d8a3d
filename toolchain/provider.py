"""The `dbtcloud` provider plugin of a private home: the official one, or our fake one.

The `pulumi-plugin.json` of the installed SDK (`pulumi_dbtcloud`) names the version.
"""

import importlib.metadata
import json
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from toolchain import releases
from toolchain.cache import Report
from toolchain.errors import ToolchainError
from toolchain.files import link_or_copy, write_script
from toolchain.progress import run_with_heartbeat

_SDK = "pulumi_dbtcloud"

_SERVER = "https://api.github.com"
"""Where Pulumi looks for the plugin first."""


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """The provider plugin that the SDK asks for.

    Attributes:
        name: `dbtcloud`.
        version: Without the leading v.
    """

    name: str
    version: str

    @property
    def folder(self) -> str:
        """Return the name of its folder in a plugin cache."""
        return f"resource-{self.name}-v{self.version}"

    @property
    def program(self) -> str:
        """Return the file name of its program."""
        return f"pulumi-resource-{self.name}"


def wanted() -> Plugin:
    """Return the plugin that the installed SDK names.

    Raises:
        ToolchainError: the SDK is not installed.
    """
    try:
        files = importlib.metadata.files(_SDK) or []
        [file] = [file for file in files if file.name == "pulumi-plugin.json"]
        settings = json.loads(file.read_text())
    except (importlib.metadata.PackageNotFoundError, ValueError) as error:
        message = f"""\
no {_SDK}
  problem: {sys.executable} has no distribution {_SDK} with a pulumi-plugin.json ({error})
  fix:     install this project into that Python: pip install -e . -c constraints.txt"""
        raise ToolchainError(message) from error
    return Plugin(name=settings["name"], version=settings["version"])


def prepare(plugins: Path, pulumi: Path, environment: Mapping[str, str], report: Report) -> None:
    """Put the plugin into the folder `plugins` of a private home, if a right one is not there.

    An official plugin is preferred to the fake one, and one that is there already stays.

    Args:
        plugins: The plugin cache of the home.
        pulumi: The engine, which downloads the official plugin.
        environment: What to run it with.
        report: Receives a line about which provider it is.
    """
    plugin = wanted()
    program = plugins / plugin.folder / plugin.program
    if program.exists() and not _is_script(program):
        report(f"provider: official {plugin.name} {plugin.version}")
        return
    official = _installed(plugin, plugins)
    if official is not None:
        link_or_copy(official, program)
        report(f"provider: official {plugin.name} {plugin.version}, from {official}")
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
# A fake of Pulumi's {plugin.name} provider: it talks to a local dbt Cloud only.
exec {shlex.quote(sys.executable)} -P -m toolchain.fake_provider "$@"
"""
    write_script(program, launcher)
    report(f"provider: fake ({plugin.name} {plugin.version}, for a local dbt Cloud only)")


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
    plugin = wanted()
    target = plugins / plugin.folder
    aside = plugins / f".{plugin.folder}"
    if (target / plugin.program).exists() and not _is_script(target / plugin.program):
        report(f"provider: official {plugin.name} {plugin.version} is installed")
        return
    shutil.rmtree(aside, ignore_errors=True)
    if target.exists():
        target.rename(aside)
    mirror = releases.mirror()
    server = ["--server", mirror] if mirror else []
    finished = run_with_heartbeat(
        [pulumi, "plugin", "install", "resource", plugin.name, plugin.version, *server],
        f"provider: downloading the official {plugin.name} {plugin.version}",
        report,
        env=environment,
    )
    if finished.returncode != 0:
        shutil.rmtree(target, ignore_errors=True)
        if aside.exists():
            aside.rename(target)
        page = f"https://github.com/pulumi/pulumi-{plugin.name}/releases"
        message = f"""\
the official provider could not be installed
  problem: `pulumi plugin install resource {plugin.name} {plugin.version}` failed:
{finished.tail()}
  fix:     one of
           - let this machine reach {page}
           - copy {plugin.folder} from another machine's ~/.pulumi/plugins into {plugins}"""
        raise ToolchainError(message)
    shutil.rmtree(aside, ignore_errors=True)
    report(f"provider: official {plugin.name} {plugin.version}")


def _installed(plugin: Plugin, plugins: Path) -> Path | None:
    """Return the program of the official plugin that the user has, if it has the right version."""
    user_home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    cached = user_home / "plugins" / plugin.folder / plugin.program
    if user_home / "plugins" != plugins and _is_program(cached):
        return cached
    on_path = shutil.which(plugin.program)
    if on_path is None:
        return None
    # Imported here: gRPC takes longer to import than the rest takes to run.
    from toolchain.plugin_version import plugin_version

    if _is_program(Path(on_path)) and plugin_version(Path(on_path)) == plugin.version:
        return Path(on_path)
    return None


def _is_program(file: Path) -> bool:
    return file.is_file() and os.access(file, os.X_OK) and not _is_script(file)


def _is_script(program: Path) -> bool:
    """Tell our launcher from a real plugin, which is a binary."""
    with program.open("rb") as file:
        return file.read(2) == b"#!"
