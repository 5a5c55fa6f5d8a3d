"""The commands in the documents exist, and those for this machine do what is written."""

import re
import subprocess

import pytest
from pulumi_dbtcloud_datafold.cli.main import cli as datafold_command

from localcloud.__main__ import cli as localcloud_command
from tests.devstack.make import clone
from tests.docs.pages import ACCOUNT, LOCAL, LOCAL_WITH_NUMBERS, PAGES, ROOT, blocks, commands_in

SHELL = [block for page in PAGES for block in blocks(page) if block.language in ("sh", "console")]
WORD = re.compile(r"""(?:'[^']*'|"[^"]*"|[^\s'"])+""")
FRAME = ["make up", "make down"]
"""What the README says first and last; the other pages' commands are typed in between."""


def test_every_block_of_commands_says_where_it_can_be_typed():
    titles = {LOCAL, LOCAL_WITH_NUMBERS, ACCOUNT}

    assert [(block.page, block.text) for block in SHELL if block.title not in titles] == []


def uses(program):
    """The words after a program's name, once for each way in which a document uses it."""
    found = {}
    for page in PAGES:
        for command in commands_in(page):
            for part in re.split(r"&&|[|;]+|\$\(", command.partition(" # ")[0]):
                name, *words = WORD.findall(part.strip(' )"')) or [""]
                if name == program and words:
                    found.setdefault(tuple(words), page)
    return [pytest.param(words, id=f"{page}: {' '.join(words)}") for words, page in found.items()]


@pytest.mark.parametrize("words", uses("make"))
def test_a_target_of_make_exists(words):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)

    asked = [word for word in words if "=" not in word and not word.startswith("-")]

    assert set(asked) <= set(targets)


def option_names(command):
    return {name for parameter in command.params for name in parameter.opts} | {"--help"}


@pytest.mark.parametrize("words", uses("dbtcloud-datafold"))
def test_a_command_of_the_package_exists(words):
    if words[0] == "--help":
        return
    command = datafold_command.commands[words[0]]

    assert {word.partition("=")[0] for word in words if word.startswith("-")} <= option_names(
        command
    )


@pytest.mark.parametrize("words", uses("localcloud"))
def test_a_command_of_the_local_dbt_cloud_exists(words):
    assert words[0] in {*localcloud_command.commands, "--help"}


@pytest.fixture(scope="module")
def manual(pulumi_home, tmp_path_factory):
    """The options of each command of Pulumi, by its words; a command may have several names."""
    folder = tmp_path_factory.mktemp("manual")
    command = [pulumi_home.pulumi, "gen-markdown", folder]
    subprocess.run(command, env=pulumi_home.environment(), capture_output=True, check=True)
    found = {}
    for page in folder.glob("*.md"):
        text = page.read_text()
        options = set(re.findall(r"--[a-z-]+", text))
        for name in {page.stem, *re.findall(r"/(pulumi_[a-z_-]+)/$", text, re.MULTILINE)}:
            found[tuple(name.split("_")[1:])] = options
    return found


@pytest.mark.parametrize("words", uses("pulumi"))
def test_a_command_of_pulumi_exists(words, manual):
    names = tuple(word for word in words if re.fullmatch("[a-z][a-z-]*", word))
    # Of `pulumi stack init prod` it is that of `pulumi stack init`.
    [options] = [manual[names[:end]] for end in (3, 2, 1) if names[:end] in manual][:1]
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= options


@pytest.fixture
def up(tmp_path):
    """A clone whose dev stack is up, as the README says."""
    made = clone.with_port(tmp_path)
    for name, module in (
        ("dbtcloud-datafold", "pulumi_dbtcloud_datafold.cli"),
        ("localcloud", "localcloud"),
    ):
        program = tmp_path / ".venv" / "bin" / name
        program.write_text(f'#!/bin/sh\nexec "{tmp_path}/.venv/bin/python" -m {module} "$@"\n')
        program.chmod(0o755)
    try:
        made.make("up")
        yield made
    finally:
        made.make("down")


def test_the_commands_for_this_machine_work_as_they_stand(up):
    local = [block for block in SHELL if block.title == LOCAL and block.language == "sh"]
    [readme] = [block for block in local if block.page == "README.md"]
    assert [command.partition("#")[0].strip() for command in readme.commands] == FRAME
    printed = {}
    for block in local:
        typed = [command for command in block.commands if command not in FRAME]
        if block is not readme and typed:
            printed[block.page] = printed.get(block.page, "") + up.sh("\n".join(typed))

    assert "unchanged" in printed["docs/index.md"]
    assert "Job that creates dbt artifacts" in printed["docs/index.md"]
    assert "in 6 jobs" in printed["docs/operate.md"]
    assert "dbtc_" in printed["docs/datafold.md"]
    assert "DBT_CLOUD_JOB_ID" in printed["docs/pipeline.md"]
