"""A file that a command writes into a repository, and writes again."""

from pathlib import Path

from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.pipeline.pipeline_file import MARK


def refuse_foreign(path: Path) -> None:
    """Refuse to replace a file that somebody wrote.

    Raises:
        CommandError: It is one.
    """
    if path.exists() and MARK not in path.read_text(encoding="utf-8"):
        message = f"{path} was not written by this command: move it away first"
        raise CommandError(message)


def write(path: Path, content: str) -> None:
    """Write the file, and the folders that it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
