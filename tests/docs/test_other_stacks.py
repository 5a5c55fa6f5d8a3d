"""The program in docs/other-stacks.md works as printed, and a wrong input in it is a message."""

import pytest

from tests.docs.pages import blocks
from tests.infra.engine import deployment, programs


@pytest.fixture
def printed():
    """The program of the page."""
    [program] = [
        block.text for block in blocks("docs/other-stacks.md") if block.language == "python"
    ]
    return program


@pytest.fixture
def bring_up(tmp_path, pulumi_home, cloud):
    """Lay out a stack of a program."""

    def make(program):
        source = programs.write(tmp_path / "source", program)
        return deployment.make(tmp_path / "program", pulumi_home, cloud, source)

    return make


def test_the_first_up_works_as_printed_and_deletions_are_announced(bring_up, printed):
    stack = bring_up(printed)

    stack.preview()
    stack.up()

    assert {job["name"] for job in stack.job_list()} == {"Production", "Pull requests", "Merge"}
    stack.assert_settled()
    head, _, rest = printed.partition("analytics = ")
    program = stack.folder / "__main__.py"
    program.write_text(head + rest[rest.index("token = ") :])
    announced = stack.preview()
    assert "'Merge' are deleted by this update" in announced.one_line
    integration = "pause or remove Datafold's integration 'analytics' (dbt Cloud project 10)"
    assert integration in announced.one_line
    assert "service token 'Datafold'" not in announced.one_line
    program.write_text(f"{head}\nraise ValueError('before the jobs are declared')")
    failed = stack.preview(fails=True)
    assert "before the jobs are declared" in failed.one_line
    assert "is deleted" not in failed.one_line


def test_a_wrong_input_is_a_message_without_a_traceback(bring_up, printed):
    stack = bring_up(printed.replace('"project_id": 10,\n', '"project_id": "ten",\n'))

    refused = stack.preview(fails=True)

    assert "DatafoldIntegration 'analytics': 1 problem" in refused.one_line
    assert "project_id problem: this is not a whole number: 'ten'" in refused.one_line
    assert "Traceback" not in refused.text
