"""The reference of the configuration is that of the models, and its examples are correct."""

import jsonschema

from infra import config_reference
from infra.schema import stack_file_schema

SCHEMA = stack_file_schema()
EXAMPLES = [*config_reference.Reference(SCHEMA).examples()]


def test_the_page_is_current():
    page = config_reference.FILE.read_text()

    assert page == config_reference.text(), "run .venv/bin/python -m infra.config_reference"


def test_every_example_is_what_its_key_accepts():
    wrong = {
        path: [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(example)]
        for path, schema, example in EXAMPLES
    }

    assert "service_token.permission_set" in wrong
    assert {path: errors for path, errors in wrong.items() if errors} == {}


def test_the_page_has_every_key_with_its_default():
    rows = [row for row in config_reference.text().splitlines() if row.startswith("| `")]
    cells = {row.split(" | ")[0].strip("| `"): row.split(" | ")[2] for row in rows}

    assert {path.rpartition(".")[2].rpartition(":")[2] for path, *_ in EXAMPLES} <= cells.keys()
    assert cells["project_id"] == "*required*"
    assert cells["wait_minutes"] == "`300`"
    assert cells["schedule"] == "every hour"
    assert "pull_request_job: `3600`" in cells["timeout_seconds"]
