"""Which Python a project wants to be run with: its `runtime.options` in `Pulumi.yaml`.

Source: https://www.pulumi.com/docs/iac/languages-sdks/python/ and the `PythonOptions` of the
engine's `sdk/python/toolchain`.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pulumi.runtime.proto import language_pb2

from toolchain.language_host.refusal import RefusedError

TYPECHECKERS = ("mypy", "pyright")
_LOCK_FILES = {"uv.lock": "uv", "poetry.lock": "poetry"}


@dataclass(frozen=True, kw_only=True)
class ProjectPython:
    """The Python of a project, a plugin or a policy pack.

    Attributes:
        root: Where `Pulumi.yaml` is.
        program_directory: Where the program is.
        virtualenv: Virtual environment, or None for the Python on PATH.
        toolchain: What installs the dependencies: `pip` or `uv`.
        typechecker: Type checker to run before the program, or None.
    """

    root: Path
    program_directory: Path
    virtualenv: Path | None
    toolchain: str
    typechecker: str | None

    def command(self) -> Path:
        """Return the interpreter.

        Raises:
            RefusedError: it is not there.
        """
        if self.virtualenv is None:
            return on_path()
        python = self.virtualenv / "bin" / "python"
        if not python.exists():
            message = f"""\
the project's virtual environment is missing
  problem: Pulumi.yaml names {self.virtualenv}, and there is no {python}
  fix:     run `pulumi install`, which makes it, or `python3 -m venv {self.virtualenv}` and install
           the project's dependencies into it"""
            raise RefusedError(message)
        return python

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return `base` (default: this process's environment) with the virtualenv activated."""
        environment = dict(os.environ if base is None else base)
        if self.virtualenv is not None:
            environment["VIRTUAL_ENV"] = str(self.virtualenv)
            path = environment.get("PATH")
            folders = [str(self.virtualenv / "bin"), *([path] if path else [])]
            environment["PATH"] = os.pathsep.join(folders)
            environment.pop("PYTHONHOME", None)
        return environment


def on_path() -> Path:
    """Return the Python to use where no virtualenv is named, as the official host picks it.

    Raises:
        RefusedError: there is none.
    """
    wanted = os.environ.get("PULUMI_PYTHON_CMD")
    names = [wanted] if wanted else ["python3", "python"]
    for name in names:
        found = shutil.which(name)
        if found:
            return Path(found)
    message = f"""\
no Python
  problem: none of {", ".join(names)} is on PATH
  fix:     set runtime.options.virtualenv in Pulumi.yaml, or PULUMI_PYTHON_CMD to an interpreter"""
    raise RefusedError(message)


def of(info: language_pb2.ProgramInfo) -> ProjectPython:
    """Read the runtime options that came with a request.

    Raises:
        RefusedError: options this host does not know or cannot follow; all of them are named.
    """
    root, program_directory = Path(info.root_directory), Path(info.program_directory)
    options = {name: _plain(info, name) for name in info.options}
    problems = [
        f"runtime.options.{name}\n"
        f"    problem: this language host does not know the option\n"
        f"    fix:     remove it, or correct its spelling: toolchain, typechecker, virtualenv"
        for name in sorted(options.keys() - {"toolchain", "typechecker", "virtualenv"})
    ]
    toolchain = options.get("toolchain") or _toolchain_by_lock_file(program_directory)
    if toolchain not in ("pip", "uv"):
        problems.append(
            f"runtime.options.toolchain\n"
            f"    problem: {toolchain!r} is not supported by this language host\n"
            f"    fix:     set it to pip or uv, or install Pulumi's own language host"
        )
    typechecker = options.get("typechecker") or None
    if typechecker not in (None, *TYPECHECKERS):
        problems.append(
            f"runtime.options.typechecker\n"
            f"    problem: {typechecker!r} is not a type checker that Pulumi knows\n"
            f"    fix:     set it to one of {', '.join(TYPECHECKERS)}, or remove it"
        )
    if problems:
        listing = "\n  ".join(problems)
        message = f"{root / 'Pulumi.yaml'}: {_count(problems)}\n  {listing}"
        raise RefusedError(message)
    virtualenv = options.get("virtualenv")
    if virtualenv is None and toolchain == "uv":
        virtualenv = ".venv"
    return ProjectPython(
        root=root,
        program_directory=program_directory,
        virtualenv=root / virtualenv if virtualenv else None,
        toolchain=toolchain,
        typechecker=typechecker,
    )


def _plain(info: language_pb2.ProgramInfo, name: str) -> str:
    value = info.options[name]
    return value if isinstance(value, str) else repr(value)


def _toolchain_by_lock_file(program_directory: Path) -> str:
    for folder in (program_directory, *program_directory.parents):
        for name, toolchain in _LOCK_FILES.items():
            if (folder / name).exists():
                return toolchain
    return "pip"


def _count(problems: list[str]) -> str:
    return "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
