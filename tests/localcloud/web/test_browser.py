"""How these tests come by a browser."""

import pytest

from tests.localcloud.web import browser


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Makes a program, in the only directory of PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("CHROMIUM", "CI"):
        monkeypatch.delenv(name, raising=False)

    def make(name):
        path = tmp_path / name
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        return str(path)

    return make


@pytest.mark.parametrize("ci", ["true", ""])
def test_the_one_that_chromium_names_is_taken_first(program, monkeypatch, ci):
    program("chromium")
    named = program("mine")
    monkeypatch.setenv("CHROMIUM", named)
    monkeypatch.setenv("CI", ci)

    assert browser.find() == named


def test_where_there_is_none_tests_are_skipped_and_say_how_to_get_one(program):
    with pytest.raises(
        pytest.skip.Exception, match=r"apt-get install chromium-headless-shell.* CHROMIUM"
    ):
        browser.find()


def test_in_ci_a_missing_browser_is_an_error(program, monkeypatch):
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        browser.find()
