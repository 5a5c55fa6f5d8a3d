"""Git repositories made from the sample dbt projects."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from localcloud.runs.repositories import git_environment
from localcloud.state.store import Session, Store

PROJECTS = Path(__file__).parent.parent / "sample"
"""The sample projects, one in each directory."""

_FACT = "samples"
_AUTHOR = {
    name: value
    for role in ("AUTHOR", "COMMITTER")
    for name, value in {
        f"GIT_{role}_NAME": "Local dbt Cloud",
        f"GIT_{role}_EMAIL": "localcloud@example.com",
        f"GIT_{role}_DATE": "2026-01-01T00:00:00Z",
    }.items()
}


def names() -> list[str]:
    """The samples there are."""
    return sorted(path.name for path in PROJECTS.iterdir() if path.is_dir())


def note(session: Session, full_name: str, sample: str) -> None:
    """Store that the repository `full_name` is to be made from a sample."""
    known: dict[str, str] = json.loads(session.fact(_FACT) or "{}")
    session.set_fact(_FACT, json.dumps({**known, full_name: sample}))


def ensure(store: Store, mirrors: Path) -> None:
    """Make the noted repositories that do not exist. Existing ones stay: users change them."""
    with store.reading() as session:
        noted: dict[str, str] = json.loads(session.fact(_FACT) or "{}")
    for full_name, sample in noted.items():
        if not (mirrors / full_name).exists():
            make(PROJECTS / sample, mirrors / full_name)


def make(project: Path, target: Path) -> None:
    """Make a git repository of a directory's files, with one commit on the branch `main`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".making-") as directory:
        made = Path(directory) / "repository"
        shutil.copytree(project, made)
        for command in (
            ["init", "--quiet", "--initial-branch=main"],
            ["add", "--all"],
            ["-c", "commit.gpgSign=false", "commit", "--quiet", "--message=Sample project"],
        ):
            subprocess.run(  # noqa: S603 - no shell
                ["git", "-c", "core.hooksPath=/dev/null", *command],  # noqa: S607 - the user's git
                cwd=made,
                env={**git_environment(), **_AUTHOR},
                check=True,
                capture_output=True,
            )
        made.rename(target)
