"""What was answered is there after `kill -9`, whatever the server was doing."""

from tests.localcloud.contract import killed_server


def test_every_answered_change_outlives_kill_9_time_and_again(data):
    writers = killed_server.outlive(data, answers=[80, 80, 80])

    assert killed_server.GONE in {known for writer in writers for known in writer.known.values()}
    assert any(writer.tokens for writer in writers)
