"""The documents, and what is in them."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

LOCAL = "On this machine"
"""The title of commands that a test types as they stand."""
LOCAL_WITH_NUMBERS = "On this machine, with other numbers"
"""Of commands with numbers that differ each time; `make story`, which a test runs, does the same."""
ACCOUNT = "With an account"
"""Of commands that need an account."""

_BLOCK = re.compile(
    r'^(?P<indent> *)```(?P<language>\w*)(?: title="(?P<title>[^"]*)")?\n(?P<text>.*?)^ *```$',
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    language: str
    title: str | None
    text: str

    @property
    def commands(self):
        """The commands, each in one line, without prompts, comments and what they print."""
        text = self.text.replace("\\\n", " ")
        lines = [line.strip() for line in text.splitlines()]
        if self.language == "console":
            lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        return [line for line in lines if line and not line.startswith("#")]


def tracked(*patterns):
    """The files of the repository, also those that are not committed yet."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    files = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    assert files
    return sorted(files)


PAGES = tracked("README.md", "docs/*.md", "components/README.md", "SECURITY.md")
"""The pages whose commands are checked."""


def blocks(page):
    text = (ROOT / page).read_text()
    return [
        Block(
            page,
            found["language"],
            found["title"],
            re.sub(f"^{found['indent']}", "", found["text"], flags=re.MULTILINE),
        )
        for found in _BLOCK.finditer(text)
    ]


def commands_in(page):
    """The commands of a page's blocks and those written within its text."""
    text = (ROOT / page).read_text()
    prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)
    shell = [block for block in blocks(page) if block.language in ("sh", "console")]
    typed = [command for block in shell for command in block.commands]
    return typed + re.findall(r"`([^`\n]+)`", prose)
