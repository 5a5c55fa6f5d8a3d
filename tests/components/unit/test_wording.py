"""Whatever is written wrongly: the message is in plain words, and does not show what was written."""

from typing import Any, get_args, get_origin

import pytest
from pulumi_dbtcloud_datafold.settings.problems import _NO_WORDS, problems_from
from pulumi_dbtcloud_datafold.settings.settings_model import SettingsModel
from pydantic import BaseModel, ValidationError

from infra.config import StackConfig

SECRET = "Qx7Wm2-made-up"
WRONG: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 10**30, "", " ", SECRET, SECRET * 500, f"{SECRET}\n", "\ud800"),
    *([], [None], [SECRET], [-1, -1], {}, {SECRET: SECRET}, {"id": SECRET}),
)
JARGON = (
    *("Input", "should", "valid ", "pydantic", "dict", "string", "integer", "regex", "pattern"),
    *("^", "\\"),
)


def models(annotation):
    """Every block of settings that an annotation leads to."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models(field.annotation)
    if get_origin(annotation):
        for inner in get_args(annotation):
            yield from models(inner)


BLOCKS = sorted(set(models(StackConfig)), key=lambda model: model.__name__)


def problems_with(model, given):
    try:
        model.model_validate(given)
    except ValidationError as error:
        return problems_from(error, model)
    return []


def test_the_blocks_are_found():
    assert len(BLOCKS) > 15
    assert all(issubclass(block, SettingsModel) for block in BLOCKS)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda model: model.__name__)
def test_every_wrong_value_is_named_in_plain_words_and_not_shown(block):
    message = [
        problem
        for key in block.model_fields
        for value in WRONG
        for problem in problems_with(block, {key: value})
    ]

    assert message
    for problem in message:
        output = f"{problem.problem} {problem.fix}"
        assert problem.problem != _NO_WORDS[0], f"no words for {problem.path}"
        assert not [word for word in JARGON if word in output], output
        assert SECRET not in output, output
