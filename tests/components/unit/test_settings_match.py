"""What a component takes and what is checked are the same settings, with the same defaults."""

import ast
import importlib
import inspect
import json
import re
from typing import TypedDict

import pytest
from pulumi_dbtcloud_datafold.jobs import production_job
from pulumi_dbtcloud_datafold.jobs.settings import JobSettings
from pulumi_dbtcloud_datafold.settings.settings_model import SettingsModel


def models(above=SettingsModel):
    """Every settings model below one."""
    for model in above.__subclasses__():
        yield model
        yield from models(model)


PAIRS = {
    model.args_type: model
    for model in models()
    if model.args_type not in (dict, JobSettings.args_type)
    and model.__module__.startswith("pulumi_")
}.items()
"""The inputs and the model of each component and block. Of `JobSettings` each job takes a part."""

DEFAULT = re.compile(
    r"Default: (?:`(?P<text>[^`]+)`|(?P<plain>true|false|none|\d+))(?=[.;]|, (?!or |unless |refused ))"
)
"""A default that is one value. Others ("daily at 02:00") are for people only, or depend on something else."""


def written_defaults(args):
    """Return what the docstrings of a component's inputs say of defaults, by key."""
    defaults = {}
    [definition] = ast.parse(inspect.getsource(args)).body
    # The class itself does not know what it was made from.
    for base in definition.bases:
        of = eval(ast.unparse(base), vars(importlib.import_module(args.__module__)))
        defaults |= {} if of is TypedDict else written_defaults(of)
    for field, described in zip(definition.body, definition.body[1:], strict=False):
        if not isinstance(field, ast.AnnAssign) or not isinstance(described, ast.Expr):
            continue
        output = DEFAULT.search(" ".join(ast.literal_eval(described.value).split()))
        if output:
            plain = output["plain"] or json.dumps(output["text"])
            defaults[field.target.id] = json.loads("null" if plain == "none" else plain)
    return defaults


@pytest.mark.parametrize(("args", "settings"), PAIRS, ids=lambda type_: type_.__name__)
def test_the_inputs_of_a_component_are_the_settings_that_are_checked(args, settings):
    required = {name for name, field in settings.model_fields.items() if field.is_required()}

    assert args.__required_keys__ | args.__optional_keys__ == settings.model_fields.keys()
    assert args.__required_keys__ == required
    assert settings.model_fields.keys() - settings.descriptions().keys() == set()


@pytest.mark.parametrize(("args", "settings"), PAIRS, ids=lambda type_: type_.__name__)
def test_a_default_that_the_documentation_names_is_the_one_that_is_used(args, settings):
    defaults = {
        name: field.default
        for name, field in settings.model_fields.items()
        if field.default_factory is None and not field.is_required()
    }
    documented = {key: value for key, value in written_defaults(args).items() if key in defaults}

    # To leave a text or a block empty is to have none.
    used = {key: None if defaults[key] in ("", {}) else defaults[key] for key in documented}
    assert documented == used


def test_the_documentation_names_defaults_in_the_form_that_is_compared():
    found = written_defaults(production_job.ProductionJobSettingsArgs)

    some = {"description": None, "num_threads": 4, "target_name": "default", "scheduled": True}
    assert some.items() <= found.items()


def test_no_pair_is_forgotten():
    modules = {importlib.import_module(args.__module__) for args, _ in PAIRS}
    of_settings = {
        name
        for module in modules
        for name, member in vars(module).items()
        if name.endswith("SettingsArgs") and member.__module__ == module.__name__
    }

    assert of_settings - {args.__name__ for args, _ in PAIRS} == {"JobSettingsArgs"}
