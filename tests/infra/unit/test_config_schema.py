"""The JSON schema that editors check stack files with."""

import copy
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from infra import schema

ROOT = Path(__file__).resolve().parents[3]
# Made at import: Python 3.11 fails to parse source while the collector ends tasks of other tests.
TEXT, SCHEMA = schema.text(), schema.schema()

PROJECTS = "dbtcloud-datafold:projects"
ANALYTICS = {
    "project_id": 10,
    "environments": {"production": {"id": 101}, "pull_request": {"name": "CI"}},
    "merge_job": {},
}
GOOD = {
    "config": {
        "dbtcloud:accountId": "12345",
        "dbtcloud:hostUrl": "https://ab123.us1.dbt.com",
        "dbtcloud:token": {"secure": "v1:abc"},
        "dbtcloud:disableRetry": "true",
        "aws:region": "eu-central-1",
        "dbtcloud-datafold:protect": "false",
        "dbtcloud-datafold:projects": {"analytics": ANALYTICS},
    },
    "encryptionsalt": "v1:abc",
}


def mistakes_in(stack_file):
    """The paths of everything the schema marks."""
    validator = Draft7Validator(SCHEMA)
    return [".".join(map(str, error.absolute_path)) for error in validator.iter_errors(stack_file)]


def changed(path, value):
    """The good stack file with one key set."""
    stack_file = copy.deepcopy(GOOD)
    *parents, last = path.split("/")
    block = stack_file["config"]
    for parent in parents:
        block = block[parent]
    block[last] = value
    return stack_file


def test_the_committed_schema_is_current():
    assert schema.FILE.read_text() == TEXT, (
        f"the configuration has changed: run `{schema.COMMAND}` and commit {schema.FILE.name}"
    )


def test_the_dev_stack_names_the_schema_and_keeps_to_it():
    stack_file = ROOT / "Pulumi.dev.yaml"
    modeline = re.match(r"# yaml-language-server: \$schema=(\S+)\n", stack_file.read_text())

    assert modeline is not None
    assert (ROOT / modeline[1]).resolve() == schema.FILE
    assert mistakes_in(yaml.safe_load(stack_file.read_text())) == []


def test_a_good_stack_file_passes_with_keys_of_other_providers():
    assert mistakes_in(GOOD) == []


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_stack_file_says_in_two_ways_that_no_token_is_made(nothing):
    assert mistakes_in(changed("dbtcloud-datafold:service_token", nothing)) == []


@pytest.mark.parametrize(
    ("path", "value", "marked"),
    [
        ("dbtcloud-datafold:project", {}, "config"),
        ("dbtcloud:acountId", 1, "config"),
        ("dbtcloud:token", "in plain text", "config.dbtcloud:token"),
        (f"{PROJECTS}/Analytics!", {}, f"config.{PROJECTS}"),
        *(
            (f"{PROJECTS}/analytics/{key}", value, f"config.{PROJECTS}.analytics.{marked}")
            for key, value, marked in (
                ("project_id", "ten", "project_id"),
                ("pull_request_job", {"run_lnt": True}, "pull_request_job"),
                ("production_job", {"schedule": {"hours": [25]}}, "production_job.schedule"),
            )
        ),
    ],
    ids=[
        *("unknown key of ours", "unknown key of the provider", "token in plain text"),
        *("project name", "wrong type", "unknown key inside", "out of range"),
    ],
)
def test_a_mistake_is_marked_where_it_is(path, value, marked):
    assert [mistake for mistake in mistakes_in(changed(path, value)) if mistake.startswith(marked)]


def test_every_key_has_a_description():
    undescribed = []

    def look(node, where):
        if isinstance(node, dict):
            for key, inner in node.get("properties", {}).items():
                if key != "secure" and where and "description" not in inner:
                    undescribed.append(f"{where}.{key}")
            for key, inner in node.items():
                look(inner, f"{where}/{key}")
        elif isinstance(node, list):
            for item in node:
                look(item, where)

    look(SCHEMA, "")

    assert undescribed == []


DEFINITION = {
    "x-nightly": {"hours": [2]},
    "defaults": {"production_job": {"num_threads": 8}},
    "projects": {"analytics": {"merge_job": {}, "artifacts_job": None}},
}


def test_a_definition_needs_no_numbers_and_may_take_values_away():
    assert mistakes_in(DEFINITION) == []


@pytest.mark.parametrize(
    ("definition", "marked"),
    [
        ({"projekts": {}}, ""),
        ({"projects": {"analytics": {"merge_jb": {}}}}, "projects.analytics"),
        ({"defaults": {"project_id": 10}}, "defaults"),
        ({"defaults": {"production_job": {"num_threads": "eight"}}}, "defaults.production_job"),
    ],
)
def test_a_mistake_in_a_definition_is_marked(definition, marked):
    assert marked in mistakes_in(definition)


def test_a_stack_file_with_a_definition_needs_only_what_differs():
    stack_file = {
        "config": {
            "dbtcloud-datafold:definition": "datafold.yaml",
            "dbtcloud-datafold:x-helper": {},
            "dbtcloud-datafold:projects": {"analytics": {"project_id": 10}},
        }
    }

    assert mistakes_in(stack_file) == []
    del stack_file["config"]["dbtcloud-datafold:definition"]
    assert mistakes_in(stack_file) == ["config.dbtcloud-datafold:projects.analytics"]
