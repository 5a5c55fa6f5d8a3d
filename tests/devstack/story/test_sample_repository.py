"""The repository that the story works in, when somebody else has been there."""

import pytest

from devstack.story.account import StoryError
from devstack.story.sample_repository import SampleRepository
from tests.localcloud.runs.repository import Repository


def test_a_git_command_that_fails_is_reported_with_the_message_of_git(tmp_path):
    there = Repository.new(tmp_path / "analytics")
    there.git("branch", "--move", "main", "trunk")

    with pytest.raises(StoryError) as message:
        SampleRepository(there.path, print).branch_with_a_change("story-1")

    assert f"git switch --force-create story-1 main in {there.path} has failed:" in str(
        message.value
    )
    assert "invalid reference: main" in str(message.value)


def test_work_that_is_not_committed_is_left_alone(tmp_path):
    there = Repository.new(tmp_path / "analytics")
    (there.path / "mine.sql").write_text("select 1")

    with pytest.raises(StoryError, match="has changes that are not committed"):
        SampleRepository(there.path, print).branch_with_a_change("story-1")

    assert there.git("branch", "--list", "story-1") == ""
