"""For the fixture `localcloud` of tests/conftest.py, until it goes: use tests.localcloud.command."""

from dataclasses import dataclass
from pathlib import Path

from tests.localcloud import command


@dataclass(frozen=True)
class Localcloud:
    python: Path

    def __call__(self, *arguments, cwd=None):
        return command.run(*arguments, cwd=cwd)
