"""Each stack file of the corpus loads, or ends in path, problem and fix: in words, soon, and without a secret."""

import json
import re
import time

import httpx
import pulumi
import pytest
import yaml
from pulumi_dbtcloud_datafold import ConfigurationError

from infra import config
from tests.corpus.stack_files import (
    DEFINITION_ODDITIES,
    GOOD,
    PASSWORD,
    PLACES,
    SECRET,
    YAML_ODDITIES,
    of_place,
)

FILE = "Pulumi.dev.yaml"
TOKEN = {"dbtcloud:token": "a-made-up-token"}
LIMIT_SECONDS = 2
LIMIT_WORDS = 60
NO_WORDS = re.compile(r"Traceback|pydantic|<class|ValidationError|Error\(|\bNone\b|Input should")


@pytest.fixture
def load(monkeypatch, tmp_path, event_loop):
    """Load a stack file as the program does; dbt Cloud is not asked for anything."""
    for name in ("DBT_CLOUD_ACCOUNT_ID", "DBT_CLOUD_HOST_URL", "DBT_CLOUD_TOKEN", "PULUMI_CONFIG"):
        monkeypatch.delenv(name, raising=False)

    def no_request(*_arguments, **_options):
        raise AssertionError

    monkeypatch.setattr(httpx.Client, "stream", no_request)
    monkeypatch.setattr(httpx.Client, "request", no_request)
    pulumi.runtime.settings.reset_options(stack="dev", root_directory=str(tmp_path))

    def load_file(stack_file, text=None):
        if text is not None:
            (tmp_path / FILE).write_text(text, encoding="utf-8")
        keys = stack_file.get("config") if isinstance(stack_file, dict) else None
        handed_over = {key: as_pulumi_hands_over(value) for key, value in (keys or {}).items()}
        pulumi.runtime.set_all_config({**handed_over, **TOKEN}, ["dbtcloud:token"])
        return config.load(FILE)

    yield load_file
    pulumi.runtime.set_all_config({}, [])


def as_pulumi_hands_over(value):
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def ends_in_words(load, stack_file, text=None):
    """Load a file; return its problems, none if it loads. Each is in words, and shows no secret."""
    began = time.process_time()
    try:
        load(stack_file, text)
        problems, shown = [], ""
    except ConfigurationError as refused:
        problems, shown = refused.problems, str(refused)
    assert time.process_time() - began < LIMIT_SECONDS
    assert SECRET not in shown
    assert PASSWORD not in shown
    for problem in problems:
        assert problem.path
        assert problem.problem
        assert problem.fix
        assert "\n" not in problem.problem + problem.fix
        assert NO_WORDS.search(problem.problem + problem.fix) is None, problem
        assert len(f"{problem.problem} {problem.fix}".split()) <= LIMIT_WORDS, problem
    return problems


def test_the_file_that_all_others_are_made_from_loads(load):
    assert ends_in_words(load, GOOD) == []


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place[1:])))
def test_something_odd_in_one_place_ends_in_words(load, place):
    refused = 0
    for name, stack_file, is_wrong in of_place(place):
        try:
            problems = ends_in_words(load, stack_file)
            assert problems or not is_wrong
            refused += bool(problems)
        except Exception as error:
            error.add_note(name)
            raise

    # No place takes everything.
    assert refused


@pytest.mark.parametrize("name", YAML_ODDITIES)
def test_an_oddity_of_yaml_ends_in_words(load, name):
    text = YAML_ODDITIES[name]
    try:
        stack_file = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        # Pulumi has a reader of its own; here the file is only looked at for keys beside `config:`.
        stack_file = GOOD

    ends_in_words(load, stack_file, text)


@pytest.mark.parametrize("name", DEFINITION_ODDITIES)
def test_an_odd_definition_is_refused_in_words(load, tmp_path, capfd, name):
    text = DEFINITION_ODDITIES[name]
    (tmp_path / "datafold.yaml").write_text(text, encoding="utf-8", errors="surrogateescape")
    keys = {**GOOD["config"], "dbtcloud-datafold:definition": "datafold.yaml"}
    keys = {key: value for key, value in keys.items() if key != "dbtcloud-datafold:protect"}

    assert ends_in_words(load, {"config": keys})
    assert "".join(capfd.readouterr()) == ""


@pytest.mark.parametrize(
    "name", ["a key of ours at the margin", "two commands in a block", "a secret at the margin"]
)
def test_an_oddity_that_changes_what_is_meant_is_refused(load, name):
    text = YAML_ODDITIES[name]

    assert ends_in_words(load, yaml.safe_load(text), text)
