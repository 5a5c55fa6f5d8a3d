"""What the story does in the git repository of the sample project, by the git commands a person would type."""

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from devstack.story.account import StoryError

MODEL: Final = "stg_payments"
CHILDREN: Final = ("customers", "orders")
"""What is built from the model, directly or not."""

_FILE = Path("models/staging/stg_payments.sql")
_COLUMN = re.compile(r"^    (?:upper\(method\) as |lower\(method\) as )?method,$", re.MULTILINE)
_AUTHOR = ("-c", "user.name=Local dbt Cloud", "-c", "user.email=localcloud@example.com")


class SampleRepository:
    """The repository, with `main` checked out or a branch of an earlier story."""

    def __init__(self, path: Path, report: Callable[[str], None]) -> None:
        """Work in the repository at `path`, reporting each command."""
        self.path = path
        self._report = report

    def branch_with_a_change(self, branch: str) -> str:
        """Change one model on a new branch; return the line that was written.

        Raises:
            StoryError: Somebody has been at work in the repository.
        """
        if changed := self._git("status", "--porcelain", reported=False):
            message = f"{self.path} has changes that are not committed:\n{changed}"
            raise StoryError(f"{message}Commit them or take them back, then run `make story` again")
        # After a reset of the server its numbers begin anew, and the branch may be there.
        self._git("switch", "--force-create", branch, "main")
        file = self.path / _FILE
        text = file.read_text(encoding="utf-8")
        found = _COLUMN.search(text)
        if found is None:
            fix = "`make down` begins with a new sample"
            raise StoryError(f"{file} has no column `method` as the sample had it: {fix}")
        case = "lower" if "upper" in found[0] else "upper"
        line = f"    {case}(method) as method,"
        file.write_text(text.replace(found[0], line), encoding="utf-8")
        self._git(*_AUTHOR, "commit", "--all", "--message", f"Write payment methods in {case} case")
        return line.strip()

    def merge(self, branch: str) -> None:
        """Merge a branch into `main`."""
        self._git("switch", "main")
        self._git(*_AUTHOR, "merge", "--no-ff", "--no-edit", branch)

    def _git(self, *arguments: str, reported: bool = True) -> str:
        shown = shlex.join(argument for argument in arguments if argument not in _AUTHOR)
        if reported:
            self._report(f"  $ git {shown}")
        result = subprocess.run(  # noqa: S603 - no shell; the story's own words
            ["git", "-C", str(self.path), *arguments],  # noqa: S607 - the user's git
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if result.returncode:
            message = f"git {shown} in {self.path} has failed:\n{result.stdout}"
            raise StoryError(f"{message}Put the repository right, then run `make story` again")
        return result.stdout
