"""Policy packs written in Python run for the engine and see the stack's configuration."""

import pytest

from tests.toolchain import processes
from tests.toolchain.host.project import VIRTUALENV

HEADER = """
import os, pathlib, pulumi
from pulumi_policy import EnforcementLevel, PolicyPack, StackValidationPolicy
"""

FOOTER = """
PolicyPack("pack", enforcement_level=EnforcementLevel.MANDATORY, policies=[
    StackValidationPolicy(name="rule", description="The rule.", validate=validate)])
"""


@pytest.fixture
def pack(tmp_path):
    """Return a function that writes a pack with the body of its one rule."""
    folder = tmp_path / "pack"
    folder.mkdir()

    def make(body, header=HEADER, options=VIRTUALENV):
        settings = f"runtime:\n  name: python\n  options: {{{options}}}\n"
        (folder / "PulumiPolicy.yaml").write_text(settings)
        rule = "def validate(args, report):\n    " + body.replace("\n", "\n    ")
        (folder / "__main__.py").write_text(header + rule + FOOTER)
        return str(folder)

    return make


def test_a_pack_sees_the_stack_and_its_configuration_and_secrets_not_in_its_environment(
    project, pack
):
    project.pulumi("config", "set", "mode", "strict")
    project.pulumi("config", "set", "--secret", "key", "hush-hush")
    rule = (
        "config = pulumi.Config('tiny')\n"
        "environment = pathlib.Path('/proc/self/environ').read_bytes()\n"
        "known = config.get('key') == 'hush-hush'\n"
        "report(f\"{pulumi.get_stack()} {config.get('mode')}\")\n"
        "report(f'known {known}, exposed {b\"hush-hush\" in environment}')"
    )

    shown = project.refused("preview", "--policy-pack", pack(rule))

    assert "[mandatory]  rule" in shown
    assert "dev strict" in shown
    assert "known True, exposed False" in shown


def test_a_pack_that_fails_to_start_fails_the_command_and_shows_why(project, pack):
    broken = pack("pass", header="raise RuntimeError('no rules today')\n")

    code, shown = project.try_pulumi("preview", "--policy-pack", broken)

    assert code != 0
    assert "no rules today" in shown
    assert "the policy pack ended before it was ready" in shown


def test_a_pack_without_its_virtualenv_is_refused(project, pack):
    folder = pack("pass", options="virtualenv: own")

    shown = project.refused("preview", "--policy-pack", folder)

    assert f"there is no {folder}/own/bin/python" in shown


def test_a_pack_without_objections_lets_the_stack_pass_and_ends_with_the_command(
    project, pack, tmp_path
):
    mark = tmp_path / "pid"
    rule = f"pathlib.Path({str(mark)!r}).write_text(str(os.getpid()))"

    shown = project.pulumi("preview", "--policy-pack", pack(rule))

    assert "pack@v" in shown
    processes.wait_until(lambda: not processes.alive([int(mark.read_text())]))
