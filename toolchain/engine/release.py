"""The official release of the engine, with its language hosts, in the user's cache."""

import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from toolchain import cache, releases
from toolchain.cache import Report

_SERVER = "https://get.pulumi.com/releases/sdk"
_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, kw_only=True)
class EngineRelease:
    """A release of Pulumi.

    Attributes:
        version: With its leading v.
        works: Says whether a program is the whole engine of this version.
    """

    version: str
    works: Callable[[Path], bool]

    def cached(self) -> Path | None:
        """Return the engine if the cache has it."""
        for program in (self._folder / "pulumi" / "pulumi", self._folder / "pulumi/bin/pulumi"):
            if program.is_file() and self.works(program):
                return program
        return None

    def download(self, report: Report) -> Path | None:
        """Download the engine into the cache; None if it cannot be had."""
        return releases.attempt("engine", lambda: self._install(report), report)

    def _install(self, report: Report) -> Path:
        machine = _MACHINES.get(platform.machine().lower(), platform.machine())
        archive = f"pulumi-{self.version}-{sys.platform}-{machine}.tar.gz"
        checksums = f"pulumi-{self.version.removeprefix('v')}-checksums.txt"
        with cache.lock(self._folder.with_name(f"{self._folder.name}.lock"), "engine", report):
            if program := self.cached():
                return program
            part = self._folder.with_name(f"{self._folder.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            try:
                releases.unpack(releases.mirror() or _SERVER, archive, checksums, part, report)
                shutil.rmtree(self._folder, ignore_errors=True)
                part.rename(self._folder)
            finally:
                shutil.rmtree(part, ignore_errors=True)
            program = self.cached()
        if program is None:
            shutil.rmtree(self._folder)
            message = f"{archive} does not run"
            raise releases.DownloadError(message)
        report(f"engine: official Pulumi {self.version}, in {program.parent}")
        return program

    @property
    def _folder(self) -> Path:
        return cache.directory() / f"pulumi-release-{self.version}"
