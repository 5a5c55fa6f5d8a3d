"""The `dbtcloud` provider plugin of a private home: the official one, or our stand-in.

Which version is wanted is what the installed SDK (`pulumi_dbtcloud`) says in its
`pulumi-plugin.json`. Nothing is downloaded unless `install_official` is called.
"""

import importlib.metadata
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from toolchain.cache import Report
from toolchain.errors import ToolchainError
from toolchain.files import link_or_copy, write_script

_SDK = "pulumi_dbtcloud"
_INSTALL_TIMEOUT_SECONDS = 600


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


def prepare(plugins: Path, report: Report) -> None:
    """Put the plugin into the folder `plugins` of a private home, if a right one is not there.

    An official plugin wins over the stand-in, and one that is there already stays.

    Args:
        plugins: The plugin cache of the home.
        report: Told which provider it is.
    """
    plugin = wanted()
    program = plugins / plugin.folder / plugin.program
    official = _installed(plugin)
    if official is not None:
        for file in official.iterdir():
            if file.is_file():
                link_or_copy(file, program.parent / file.name)
        report(f"provider: official {plugin.name} {plugin.version}, as in {official}")
        return
    if program.exists() and not _is_stand_in(program):
        report(f"provider: official {plugin.name} {plugin.version}")
        return
    launcher = f"""\
#!/bin/sh
# The stand-in for Pulumi's {plugin.name} provider: it talks to a local dbt Cloud only.
exec {shlex.quote(sys.executable)} -P -m toolchain.standin "$@"
"""
    write_script(program, launcher)
    report(f"provider: stand-in ({plugin.name} {plugin.version}, for a local dbt Cloud only)")


def install_official(
    plugins: Path, pulumi: Path, environment: Mapping[str, str], report: Report
) -> None:
    """Download the official plugin in place of the stand-in.

    Args:
        plugins: The plugin cache of the home.
        pulumi: The engine.
        environment: What to run it with.
        report: Told what is going on.

    Raises:
        ToolchainError: it could not be installed. What was there before stays.
    """
    plugin = wanted()
    target = plugins / plugin.folder
    aside = plugins / f".{plugin.folder}"
    if (target / plugin.program).exists() and not _is_stand_in(target / plugin.program):
        report(f"provider: official {plugin.name} {plugin.version} is installed")
        return
    report(f"provider: installing the official {plugin.name} {plugin.version}")
    shutil.rmtree(aside, ignore_errors=True)
    if target.exists():
        target.rename(aside)
    command = [str(pulumi), "plugin", "install", "resource", plugin.name, plugin.version]
    try:
        subprocess.run(  # noqa: S603 - the engine we prepared
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=True,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_INSTALL_TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(target, ignore_errors=True)
        if aside.exists():
            aside.rename(target)
        output = (getattr(error, "stderr", None) or str(error)).strip()
        message = f"""\
the official provider could not be installed
  problem: `pulumi plugin install resource {plugin.name} {plugin.version}` failed:
{_indent(output)}
  fix:     one of
           - let this machine reach the plugin's releases (https://github.com/pulumi/pulumi-{plugin.name}/releases)
           - copy {plugin.folder} from another machine's ~/.pulumi/plugins into {plugins}"""
        raise ToolchainError(message) from error
    shutil.rmtree(aside, ignore_errors=True)
    report(f"provider: official {plugin.name} {plugin.version}")


def _installed(plugin: Plugin) -> Path | None:
    """Return the user's own folder of the official plugin, if there is one."""
    folder = Path.home() / ".pulumi" / "plugins" / plugin.folder
    program = folder / plugin.program
    return folder if program.is_file() and os.access(program, os.X_OK) else None


def _is_stand_in(program: Path) -> bool:
    """Tell our launcher from a real plugin, which is a binary."""
    with program.open("rb") as file:
        return file.read(2) == b"#!"


def _indent(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
