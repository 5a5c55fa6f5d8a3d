"""Build a program from a Go module into the user's cache, once."""

import hashlib
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from toolchain import cache, go
from toolchain.cache import Report
from toolchain.errors import ToolchainError
from toolchain.progress import Finished, run_with_heartbeat

_KEY_LENGTH = 16


@dataclass(frozen=True, kw_only=True)
class GoProgram:
    """A program that a tools module of ours pins.

    Attributes:
        name: File name of the program.
        label: What messages call it.
        module: Folder of `go.mod`, `go.sum` and `tools.go`.
        package: Import path of its main package.
        ldflags: Flags of the linker.
        works: Says whether a built file is whole and is this very program.
        duration: How long a first build takes, for the user to know.
    """

    name: str
    label: str
    module: Path
    package: str
    ldflags: str
    works: Callable[[Path], bool]
    duration: str

    def cached(self) -> Path:
        """Return where the program is, or will be: a place of its own for every content."""
        digest = hashlib.sha256()
        for file in ("go.mod", "go.sum", "tools.go"):
            digest.update((self.module / file).read_bytes())
        for part in (self.package, self.ldflags, sys.platform, platform.machine()):
            digest.update(b"\0" + part.encode())
        key = digest.hexdigest()[:_KEY_LENGTH]
        return cache.directory() / f"{self.name}-{key}" / self.name

    def ensure(self, report: Report) -> Path:
        """Return the program, building it if the cache has none that works.

        Raises:
            ToolchainError: there is no Go, or the build failed. Nothing half built is left where
                a later call would take it.
        """
        program = self.cached()
        if self.works(program):
            return program
        with cache.lock(program.with_name("lock"), self.label, report):
            if self.works(program):
                return program
            if program.exists():
                report(f"{self.label}: {program} is damaged, building it again")
            self._build(program, report)
        return program

    def _build(self, program: Path, report: Report) -> None:
        toolchain = go.find(report)
        report(f"{self.label}: building {self.package} with Go, once ({self.duration})")
        part = program.with_name(f"{self.name}.part")
        # Both commands get the same flags; else `go list` counts packages that `go build` does not build.
        flags = f"-ldflags={self.ldflags}"
        stale = "{{if .Stale}}{{.ImportPath}}{{end}}"
        packages = self._list(toolchain, [flags, "-deps", f"-f={stale}", self.package], report)
        finished = run_with_heartbeat(
            [toolchain.command, "build", flags, "-v", "-o", part, self.package],
            f"{self.label}: compiling",
            report,
            cwd=self.module,
            env=toolchain.environment,
            describe=lambda lines: _compiled(lines, frozenset(packages)),
        )
        self._check(finished, "go build", toolchain.environment)
        if not self.works(part):
            part.unlink(missing_ok=True)
            message = f"""\
{self.label}: built, but the result does not run
  problem: {part} fails its check
  fix:     see that the disk has room, then start again"""
            raise ToolchainError(message)
        part.replace(program)
        report(f"{self.label}: built {program}")

    def _list(self, toolchain: go.Go, arguments: Sequence[str], report: Report) -> list[str]:
        """Return what `go list` prints; it downloads the modules."""
        finished = run_with_heartbeat(
            [toolchain.command, "list", *arguments],
            f"{self.label}: downloading modules",
            report,
            cwd=self.module,
            env=toolchain.environment,
            describe=lambda lines: f"{sum(map(_is_download, lines))} so far",
        )
        self._check(finished, "go list", toolchain.environment)
        return [line for line in finished.lines if line and not _is_download(line)]

    def _check(self, finished: Finished, command: str, environment: Mapping[str, str]) -> None:
        if finished.returncode == 0:
            return
        proxy = "GOPROXY is set" if environment.get("GOPROXY") else "GOPROXY is not set"
        message = f"""\
{self.label}: `{command} {self.package}` failed (exit code {finished.returncode})
  problem:
{finished.tail()}
  fix:     one of
           - no network: let Go reach a module proxy ({proxy})
           - no room: free about 4 GB for Go's caches (`go env GOCACHE GOMODCACHE`)
           - install Pulumi itself (https://www.pulumi.com/docs/install/), then nothing is built"""
        raise ToolchainError(message)


def _is_download(line: str) -> bool:
    return line.startswith("go: ")


def _compiled(lines: list[str], packages: frozenset[str]) -> str:
    done = sum(line in packages for line in lines)
    if done >= len(packages):
        return "linking"
    return f"{done} of {len(packages)} packages"
