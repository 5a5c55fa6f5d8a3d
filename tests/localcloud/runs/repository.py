"""A git repository that a test writes to."""

import os
import shutil
import subprocess
from pathlib import Path

AUTHOR = {
    f"GIT_{role}_{name}": value
    for role in ("AUTHOR", "COMMITTER")
    for name, value in (("NAME", "Test"), ("EMAIL", "test@example.com"))
}


class Repository:
    """A repository whose branch `main` is checked out."""

    def __init__(self, path):
        self.path = Path(path)

    @classmethod
    def new(cls, path):
        """A repository with one file, in place of what was there; `first` is its commit."""
        made = cls(path)
        shutil.rmtree(made.path, ignore_errors=True)
        made.path.mkdir(parents=True)
        made.git("init", "--quiet", "--template=", "--initial-branch=main")
        made.first = made.commit("dbt_project.yml")
        return made

    def commit(self, file, text="", branch="main"):
        """Commit a file on a branch, which starts at `main` if it is new; leaves `main` checked out."""
        if branch != "main":
            new = not self.git("branch", "--list", branch)
            self.git("checkout", "--quiet", *(["-b"] if new else []), branch)
        path = self.path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", f"Write {file}")
        sha = self.git("rev-parse", "HEAD")
        if branch != "main":
            self.git("checkout", "--quiet", "main")
        return sha

    def merge(self, branch):
        """Merge a branch into `main`; return the merge's commit."""
        self.git("merge", "--quiet", "--no-ff", "--no-edit", branch)
        return self.git("rev-parse", "HEAD")

    def git(self, *arguments):
        ended = subprocess.run(
            ["git", "-c", "commit.gpgSign=false", "-c", "maintenance.auto=false", *arguments],
            cwd=self.path,
            env={**os.environ, **AUTHOR},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return ended.stdout.strip()


def sample(data):
    """The repository that a server on that directory has made of the sample project."""
    return Repository(data / "repositories" / "example" / "analytics")
