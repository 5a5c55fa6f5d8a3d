"""What a check finds."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from pulumi_dbtcloud_datafold.cli.plain_text import visible
from pulumi_dbtcloud_datafold.settings.problems import masked

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""The worst first. A note never makes the command fail."""


@dataclass(frozen=True)
class Finding:
    """One thing that a person should know.

    Attributes:
        check: Which check has found it, in a word that does not change.
        project: Name of the block or component in the stack; None for what belongs to the account.
        subject: What it is about: kind, number, name.
        number: Its number in dbt Cloud.
        url: Page to look at.
        problem: What is wrong.
        fix: What helps when it is followed literally.
    """

    check: str
    severity: Severity
    project: str | None
    subject: str
    number: int | None
    url: str | None
    problem: str
    fix: str

    def __post_init__(self) -> None:
        """Leave out what looks like a token, wherever a text came from."""
        for name in ("subject", "problem", "fix"):
            object.__setattr__(self, name, masked(getattr(self, name)))

    def __str__(self) -> str:
        """Return a few lines for a person."""
        lines = [
            f"{self.severity}: {self.project or 'account'}: {self.subject}",
            f"    problem: {self.problem}",
            f"    fix:     {self.fix}",
            *([f"    see:     {self.url}"] if self.url else []),
        ]
        return "\n".join(map(visible, lines))

    def as_json(self) -> dict[str, Any]:
        """Return it as docs/check.schema.json describes it."""
        return asdict(self)
