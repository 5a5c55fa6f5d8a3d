"""A private home for Pulumi inside a clone: engine, language host, plugins, state.

Nothing outside the folder is changed, so `~/.pulumi` and other projects are not touched.
"""

import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from toolchain import provider
from toolchain.cache import Report, lock
from toolchain.engine import BUILD as ENGINE
from toolchain.engine import HOST, PRIVATE_HOME, ensure_engine, has_official_host
from toolchain.files import link_or_copy, write_script
from toolchain.yaml_host import BUILD as YAML


@dataclass(frozen=True, kw_only=True)
class Home:
    """A folder with everything Pulumi needs.

    Attributes:
        local: The folder itself.
    """

    local: Path

    @property
    def bin(self) -> Path:
        """Return the folder to put first on PATH."""
        return self.local / "bin"

    @property
    def pulumi(self) -> Path:
        """Return the engine to run."""
        return self.bin / "pulumi"

    @property
    def plugins(self) -> Path:
        """Return the plugin cache."""
        return self.local / "pulumi" / "plugins"

    @property
    def env(self) -> dict[str, str]:
        """Return the environment variables to set for `pulumi`, in addition to one's own.

        State is in files under the home. The passphrase is empty: the dev stack holds no secret of
        value, and a stack with real ones sets its own secrets provider or
        PULUMI_CONFIG_PASSPHRASE(_FILE), which this leaves alone.
        """
        others = os.environ.get("PATH", os.defpath).split(os.pathsep)
        path = [str(self.bin), *(item for item in others if item and Path(item) != self.bin)]
        variables = {
            "PATH": os.pathsep.join(path),
            "PULUMI_HOME": str(self.local / "pulumi"),
            "PULUMI_BACKEND_URL": (self.local / "state").as_uri(),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # gRPC of engine, host and provider would ask the machine's proxy for this machine itself.
            **dict.fromkeys(("no_proxy", "NO_PROXY"), _no_proxy()),
            # A plugin that is not in the home is an error at once, not five tries to download it.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        if (self.bin / HOST).exists():
            # Plugins on PATH would win over those in the home, whatever their version. But an
            # official engine may have its language hosts nowhere else.
            variables["PULUMI_IGNORE_AMBIENT_PLUGINS"] = "true"
        if not {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"} & os.environ.keys():
            variables["PULUMI_CONFIG_PASSPHRASE"] = ""
        return variables

    def environment(self) -> dict[str, str]:
        """Return this process's environment with `env` set in it."""
        return {**os.environ, **self.env}


def _no_proxy() -> str:
    """Return what is reached without a proxy: loopback, and what the environment says."""
    given = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    hosts = [host.strip() for host in given.split(",") if host.strip()]
    return ",".join(dict.fromkeys([*hosts, "127.0.0.1", "localhost"]))


def prepare(local: Path, report: Report) -> Home:
    """Make the home, or repair what is missing or damaged in it.

    Args:
        local: The folder; made if it is not there.
        report: Receives a line for each part that is made.

    Raises:
        ToolchainError: a part cannot be had.
    """
    home = Home(local=local.absolute())
    (home.local / "state").mkdir(parents=True, exist_ok=True)
    home.bin.mkdir(exist_ok=True)
    (home.bin / PRIVATE_HOME).touch()
    engine = ensure_engine(report)
    with lock(home.local / "toolchain.lock", "home", report):
        _install(engine, home)
        provider.prepare(home.plugins, home.pulumi, home.environment(), report)
    return home


def _install(engine: Path, home: Home) -> None:
    """Put engine and language host into the home."""
    if engine != ENGINE.cached() and has_official_host(engine):
        # Not a link: the official engine finds what belongs to it by its own path.
        write_script(home.pulumi, f'#!/bin/sh\nexec {shlex.quote(str(engine))} "$@"\n')
        (home.bin / HOST).unlink(missing_ok=True)
    else:
        link_or_copy(engine, home.pulumi)
        # -P: the engine starts the host in the project's folder, whose modules are not the host's.
        command = f"{shlex.quote(sys.executable)} -P -m toolchain.language_host"
        write_script(home.bin / HOST, f'#!/bin/sh\nexec {command} "$@"\n')


def add_yaml_host(home: Home, report: Report) -> None:
    """Let the home run Pulumi YAML programs too, if its engine cannot already.

    Raises:
        ToolchainError: the host could not be built.
    """
    if not (home.bin / HOST).exists():
        report(f"{YAML.label}: the official engine brings its own")
        return
    host = home.bin / YAML.name
    link_or_copy(YAML.ensure(report), host)
    report(f"{YAML.label}: {host}")


def export_lines(variables: Mapping[str, str]) -> Iterator[str]:
    """Yield shell commands that set `variables`, for `eval` or `source` in any POSIX shell."""
    for name, value in variables.items():
        yield f"export {name}={shlex.quote(value)}"
