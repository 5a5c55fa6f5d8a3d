"""What the pipelines of a stack are made from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata, resources
from typing import Literal
from urllib.parse import urlsplit

from pulumi_dbtcloud_datafold.cli.errors import CommandError

PACKAGE = "pulumi-dbtcloud-datafold"
TIMEOUT_MINUTES = 60
NIGHTLY = "17 4 * * *"
"""When the check runs, UTC: after most nightly builds, and not at a full hour, when git hosts are busy."""

_PULUMI_CLOUD = ("PULUMI_ACCESS_TOKEN",)
_SELF_MANAGED = ("PULUMI_CONFIG_PASSPHRASE",)
SECRETS: Mapping[str, tuple[str, ...]] = {
    "": _PULUMI_CLOUD,
    "https": _PULUMI_CLOUD,
    "s3": (*_SELF_MANAGED, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"),
    "gs": (*_SELF_MANAGED, "GOOGLE_CREDENTIALS"),
    "azblob": (*_SELF_MANAGED, "AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_KEY"),
}
"""By the scheme of the backend's address, the secrets that Pulumi needs.

Source: https://www.pulumi.com/docs/iac/concepts/state-and-backends/
"""

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
_SECRET_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class WorkflowSettings:
    """What a person decides about the pipelines.

    Attributes:
        stack: As `pulumi --stack` takes it.
        branch: Branch that is brought up, and that pull requests aim at.
        folder: Where Pulumi.yaml is, from the root of the repository.
        backend_url: Where the state is; empty for Pulumi Cloud.
        install: Commands that install the program and `dbtcloud-datafold`; empty for the usual ones.
        token_secret: Secret with the dbt Cloud token; empty if the stack's configuration has it.
        fail_on: From which severity on the nightly check fails.

    Raises:
        CommandError: A value would break the file.
    """

    stack: str
    branch: str = "main"
    folder: str = "."
    backend_url: str = ""
    install: tuple[str, ...] = ()
    token_secret: str = ""
    fail_on: Literal["warning", "error"] = "error"

    def __post_init__(self) -> None:
        """Check the values that stand in the files."""
        for option, value in (("--stack", self.stack), ("--branch", self.branch)):
            if not _PLAIN.fullmatch(value):
                message = f"{option} has letters, digits and . _ - / only, not first a mark; this one is {value!r}"
                raise CommandError(message)
        if self.folder != "." and (
            not _PLAIN.fullmatch(self.folder) or ".." in self.folder.split("/")
        ):
            message = f"--folder is a folder of the repository, e.g. infrastructure; this one is {self.folder!r}"
            raise CommandError(message)
        if self.token_secret and not _SECRET_NAME.fullmatch(self.token_secret):
            message = f"--token-secret is the name of a secret, e.g. DBT_CLOUD_TOKEN; this one is {self.token_secret!r}"
            raise CommandError(message)
        address = urlsplit(self.backend_url)
        if address.scheme not in SECRETS or (self.backend_url and not address.netloc):
            message = (
                f"--backend-url begins with {', '.join(f'{scheme}://' for scheme in SECRETS if scheme)}; a pipeline "
                f"does not see a folder of this machine. This one is {self.backend_url!r}"
            )
            raise CommandError(message)
        if address.password or address.username:
            raise CommandError("--backend-url holds a password, and the file is no place for one")

    @property
    def secrets(self) -> Mapping[str, str]:
        """Variables that hold secrets, each with the name of the secret at the git host."""
        names = {name: name for name in SECRETS[urlsplit(self.backend_url).scheme]}
        return {**names, "DBT_CLOUD_TOKEN": self.token_secret} if self.token_secret else names

    @property
    def variables(self) -> Mapping[str, str]:
        """Variables that hold none."""
        backend = {"PULUMI_BACKEND_URL": self.backend_url} if self.backend_url else {}
        return {"STACK": self.stack, **backend}

    @property
    def commands(self) -> tuple[str, ...]:
        """What installs the program and `dbtcloud-datafold`."""
        version = metadata.version(PACKAGE)
        return self.install or (f'python3 -m pip install "{PACKAGE}=={version}"', "pulumi install")

    @property
    def slug(self) -> str:
        """The stack's name, as part of other names."""
        return re.sub(r"[^a-z0-9]+", "-", self.stack.lower()).strip("-")


def pulumi_version() -> str:
    """Return the release of Pulumi that goes with the installed SDK."""
    return metadata.version("pulumi")


def comment_script() -> str:
    """Return the program that puts the review into the pull request."""
    return resources.files(__package__).joinpath("post_comment.py").read_text(encoding="utf-8")


def preview_script(git_host: str) -> str:
    """Return the commands that preview, and write the review whatever the preview says."""
    return f"""\
code=0
pulumi preview --non-interactive --json --stack "$STACK" > preview.json || code=$?
dbtcloud-datafold review --for {git_host} --stack "$STACK" --output review.md preview.json || [ $? -eq 1 ]
"""
