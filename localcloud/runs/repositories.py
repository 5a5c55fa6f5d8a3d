"""The git repositories that runs are cloned from: on this machine, and nowhere else."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from localcloud.state.store import Doc

_SECONDS = 120
_MAIN_BRANCHES = ("main", "master")


class RepositoryError(Exception):
    """A repository is not there, or has no such commit; the text names it and the fix."""


@dataclass(frozen=True)
class Commit:
    """What a run checks out.

    Attributes:
        sha: The commit's full hash.
        branch: The branch it was taken from, if it was.
    """

    sha: str
    branch: str | None


class Repositories:
    """Where the repositories of dbt Cloud are on this machine.

    A `remote_url` that is a path or a `file://` address is that repository. For any other, such as
    `git@github.com:example/analytics.git`, a repository is looked for at `example/analytics`
    below one directory. Nothing is ever fetched from another machine.
    """

    def __init__(self, mirrors: Path) -> None:
        """Look for repositories with a remote address below `mirrors`."""
        self.mirrors = mirrors

    def locate(self, repository: Doc) -> Path:
        """Where a repository of dbt Cloud is.

        Raises:
            RepositoryError: It is not on this machine.
        """
        remote_url = repository["remote_url"]
        path = self.path_of(repository)
        if path is None:
            message = f"{remote_url} is neither an absolute path nor the address of a repository"
            raise RepositoryError(message)
        if not _is_repository(path):
            message = f"there is no git repository at {path}, where {remote_url} is looked for"
            fix = "clone it there, or give the repository a remote_url that is a path"
            raise RepositoryError(f"{message}: {fix}")
        return path

    def path_of(self, repository: Doc) -> Path | None:
        """Where a repository of dbt Cloud would be; none if its address is not valid."""
        remote_url: str = repository["remote_url"]
        if remote_url.startswith("file://"):
            return Path(unquote(urlsplit(remote_url).path))
        if remote_url.startswith("/"):
            return Path(remote_url)
        mirror = (self.mirrors / (repository["full_name"] or ".")).resolve()
        inside = self.mirrors.resolve() in mirror.parents
        return mirror if inside else None


def commit_of(path: Path, *, sha: str | None, branch: str | None) -> Commit:
    """The commit to check out: that one, or the newest of a branch, or of the default branch.

    Raises:
        RepositoryError: There is no such commit or branch.
    """
    if sha:
        found = _resolve(path, sha)
        if found is None:
            message = f"the repository at {path} has no commit {sha}: commit it, or give another"
            raise RepositoryError(message)
        return Commit(found, branch)
    branch = branch or default_branch(path)
    for name in (f"refs/heads/{branch}", f"refs/remotes/origin/{branch}"):
        found = _resolve(path, name)
        if found is not None:
            return Commit(found, branch)
    message = f"the repository at {path} has no branch {branch}, or no commit on it"
    raise RepositoryError(message)


def pull_request_head(path: Path, number: int) -> str | None:
    """The newest commit of a pull request, where the repository has the host's references."""
    names = (f"refs/pull/{number}/head", f"refs/merge-requests/{number}/head")
    return next((found for name in names if (found := _resolve(path, name))), None)


def default_branch(path: Path) -> str:
    """The branch that a host would call the default one.

    The branch of a bare repository's HEAD. Otherwise `origin`'s default branch, else `main`, else
    `master`, else the branch of HEAD.
    """
    if _git(path, "rev-parse", "--is-bare-repository") != "true":
        origin = _git(path, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
        if origin:
            return origin.removeprefix("origin/")
        for name in _MAIN_BRANCHES:
            if _resolve(path, f"refs/heads/{name}"):
                return name
    return _git(path, "symbolic-ref", "--quiet", "--short", "HEAD") or _MAIN_BRANCHES[0]


def clone_commands(path: Path, commit: Commit, target: Path) -> list[list[str]]:
    """The commands that check out a commit into the new directory `target`."""
    return [
        # So that no hook of the user's template runs.
        ["git", "clone", "--template=", "--no-checkout", "--local", str(path), str(target)],
        ["git", "-C", str(target), "-c", "advice.detachedHead=false", "checkout", commit.sha],
    ]


def git_environment() -> dict[str, str]:
    """The environment for git: without prompts, and without variables that name another repository."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8"}


def _is_repository(path: Path) -> bool:
    # Not asked of git, which would also look in the directories above.
    return (path / ".git").exists() or (path / "HEAD").is_file()


def _resolve(path: Path, name: str) -> str | None:
    return _git(path, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")


def _git(path: Path, *arguments: str) -> str | None:
    """The output of git without the line's end; none if git does not find the object.

    Raises:
        RepositoryError: git fails otherwise.
    """
    try:
        ended = subprocess.run(  # noqa: S603 - no shell; names given by users stand behind options
            ["git", "-C", str(path), *arguments],  # noqa: S607 - the user's git
            env=git_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        message = "git is not on the PATH of the server: install it, then start the server again"
        raise RepositoryError(message) from None
    if ended.returncode and ended.stderr.strip():
        # Quiet commands print nothing about a missing object, so this is another failure.
        raise RepositoryError(f"git fails on {path}: {ended.stderr.strip()}")
    return ended.stdout.strip() if not ended.returncode else None
