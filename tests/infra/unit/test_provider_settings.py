"""The provider's own keys: what is refused, what editors mark, and a token that lies about openly."""

import copy
import inspect
import re

import pulumi_dbtcloud as dbtcloud
import pytest
from jsonschema import Draft7Validator

from infra import provider_settings, schema
from tests.infra.unit.conftest import ANALYTICS, CONNECTION

PROJECTS = {"projects": {"analytics": ANALYTICS}}
NUMBERS = ("maxRetries", "retryIntervalSeconds", "timeoutSeconds")
TEXTS = ("-1", "0", "00", "1", "007", "3", "0.5", "1e3", "99999", "100000", "lots", "٣", " 1")


def marked(key, value):
    """Tell whether the schema of the stack file marks a value."""
    config = {
        "dbtcloud-datafold:projects": PROJECTS["projects"],
        f"dbtcloud:{key}": copy.deepcopy(value),
    }
    return not Draft7Validator(schema.stack_file_schema()).is_valid({"config": config})


@pytest.mark.parametrize(
    ("key", "text", "problem", "fix"),
    [
        *(
            (
                key,
                text,
                problem,
                f"{fix}: `pulumi config set {command}`; the default is {default}",
            )
            for key, text, problem, fix, command, default in (
                (
                    *("maxRetries", "lots", "this is not a whole number: 'lots'"),
                    *("write a whole number without quotes", "dbtcloud:maxRetries 3", 3),
                ),
                (
                    *("timeoutSeconds", "0", "this number is too small: 0"),
                    *("write 1 or more", "dbtcloud:timeoutSeconds 30", 30),
                ),
                (
                    *("retryIntervalSeconds", "100000", "this number is too large: 100000"),
                    *("write 99999 or less", "dbtcloud:retryIntervalSeconds 10", 10),
                ),
                (
                    *("disableRetry", "yes", "this is neither true nor false: 'yes'"),
                    "write true or false, without quotes",
                    *("dbtcloud:disableRetry true", "false"),
                ),
                (
                    *("retriableStatusCodes", "409", "this is not a list"),
                    "write it in brackets, e.g. [409]",
                    *("--path 'dbtcloud:retriableStatusCodes[0]' 409", "[]"),
                ),
            )
        ),
        ("account_id", "1", "this key is not known", "did you mean 'accountId'?"),
        ("host_url", "ab123.us1.dbt.com", "this key is not known", "did you mean 'hostUrl'?"),
    ],
)
def test_a_mistake_is_named_with_its_cure(problems_of, key, text, problem, fix):
    problems = problems_of(PROJECTS, {**CONNECTION, f"dbtcloud:{key}": text})

    assert problems == {f"dbtcloud:{key}": (problem, fix)}


@pytest.mark.parametrize("key", NUMBERS)
@pytest.mark.parametrize("text", TEXTS)
def test_editors_mark_the_numbers_that_are_refused_and_no_others(load, key, text):
    try:
        load(PROJECTS, {**CONNECTION, f"dbtcloud:{key}": text})
        refused = False
    except ValueError:
        refused = True

    assert marked(key, text) == refused
    if text.lstrip("-").isascii() and text.lstrip("-").isdigit():
        assert marked(key, int(text)) == refused


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[409, 425]", [409, 425]),
        ('["409"]', ["409"]),
        ("[200]", [200]),
        ("[true]", [True]),
        ('"409"', "409"),
    ],
)
def test_editors_mark_the_statuses_that_are_refused_and_no_others(load, text, value):
    try:
        load(PROJECTS, {**CONNECTION, "dbtcloud:retriableStatusCodes": text})
        refused = False
    except ValueError:
        refused = True

    assert marked("retriableStatusCodes", value) == refused


def test_what_is_right_reaches_the_provider_in_its_own_types(load):
    settings = {
        "dbtcloud:maxRetries": "0",
        "dbtcloud:retryIntervalSeconds": "1",
        "dbtcloud:timeoutSeconds": "60",
        "dbtcloud:disableRetry": "false",
        "dbtcloud:retriableStatusCodes": "[409]",
        "dbtcloud:skipCredentialsValidation": "true",
    }

    assert load(PROJECTS, {**CONNECTION, **settings}).provider_options == {
        "max_retries": 0,
        "retry_interval_seconds": 1,
        "timeout_seconds": 60,
        "disable_retry": False,
        "retriable_status_codes": ["409"],
        "skip_credentials_validation": True,
    }
    connection = {"accountId", "hostUrl", "token"}
    assert {
        f"dbtcloud:{key}" for key in provider_settings.KEYS.keys() - connection
    } == settings.keys()


def test_the_keys_are_all_those_that_the_provider_has():
    parameters = inspect.signature(dbtcloud.ProviderArgs.__init__).parameters.keys() - {"__self__"}

    of_the_provider = {re.sub("_(.)", lambda match: match[1].upper(), name) for name in parameters}
    assert provider_settings.KEYS.keys() == of_the_provider


def test_a_token_in_plain_text_is_refused_and_not_shown(problems_of):
    problems = problems_of(PROJECTS, CONNECTION, secrets=())

    problem, fix = problems["dbtcloud:token"]
    assert problems.keys() == {"dbtcloud:token"}
    assert problem.startswith("the token is in plain text")
    assert "run `pulumi config set --secret dbtcloud:token`" in fix
    assert "a-made-up-token" not in str(problems)


def test_a_token_in_the_environment_is_no_plain_text(load, monkeypatch):
    monkeypatch.setenv("DBT_CLOUD_TOKEN", "a-made-up-token")

    assert load(PROJECTS, {"dbtcloud:accountId": "1"}, secrets=())


@pytest.mark.parametrize(
    "pasted",
    [
        *("dbtc_Qx7Wm-2", "https://dbtc_Qx7Wm-2", "dbtc_Qx7Wm-2.us1.dbt.com", "Qx7Wm2"),
        *("[Qx7Wm2", "Qx7Wm2=="),
    ],
)
@pytest.mark.parametrize("key", ["hostUrl", "accountId"])
def test_a_token_pasted_into_another_key_is_refused_and_not_shown(problems_of, key, pasted):
    problems = problems_of(PROJECTS, {**CONNECTION, f"dbtcloud:{key}": pasted})

    assert problems.keys() == {f"dbtcloud:{key}"}
    assert "qx7wm" not in str(problems).lower()
