"""The provider's configuration: what it takes, what it refuses, and where it looks otherwise."""

import os

import pytest

from tests.toolchain.provider.declared import JOB, JOB_URN, PROVIDER_URN, UNKNOWN, without
from tests.toolchain.provider.provider_process import ProviderProcess


def problems(provider, urn=PROVIDER_URN, **news):
    answer, errors = provider.call("CheckConfig", {"urn": urn, "news": news})
    assert errors is None
    return [item["reason"] for item in answer.get("failures", [])]


GOOD = {"accountId": "12", "hostUrl": "http://127.0.0.1:1/api", "token": "abc"}

REFUSED = (
    "hostUrl is at {}, and this is the fake dbtcloud provider, which talks to a local dbt "
    "Cloud on this machine only (localhost, 127.0.0.0/8 or ::1). For a real account get the official "
    "provider: run `pulumi plugin install resource dbtcloud 1.11.11` outside the local shell, or "
    "`make official-provider`."
)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://cloud.getdbt.com/api", "https://cloud.getdbt.com"),
        ("http://10.0.0.1/api", "http://10.0.0.1"),
        ("http://127.0.0.1.example.com/api", "http://127.0.0.1.example.com"),
        ("http://localhost.example.com/api", "http://localhost.example.com"),
        ("http://me:password@example.com/api", "http://example.com"),
        ("http://127.0.0.1@example.com/api", "http://example.com"),
        ("ftp://127.0.0.1/api", "ftp://127.0.0.1"),
        ("127.0.0.1:8000/api", "?://?"),
        ("", "https://cloud.getdbt.com"),
    ],
)
def test_a_host_that_is_not_this_machine_is_refused_before_anything_is_sent(
    shared_provider, url, shown
):
    assert problems(shared_provider, **{**GOOD, "hostUrl": url}) == [REFUSED.format(shown)]

    _, [error] = shared_provider.call("Configure", {"args": {**GOOD, "hostUrl": url}})
    assert error == f"rpc error: code = Unknown desc = {REFUSED.format(shown)}"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/api",
        "http://127.3.2.1/api",
        "http://localhost:80/api",
        "https://[::1]/api",
    ],
)
def test_a_host_on_this_machine_is_accepted(shared_provider, url):
    assert problems(shared_provider, **{**GOOD, "hostUrl": url}) == []


def test_all_problems_of_a_configuration_are_reported_at_once(shared_provider):
    reasons = problems(
        shared_provider,
        accountId="twelve",
        hostUrl="http://127.0.0.1/api",
        token="abc",
        maxRetries="many",
        disableRetry="perhaps",
        retriableStatusCodes="409",
        acountId="12",
    )

    assert reasons == [
        "`dbtcloud:acountId` is not a valid configuration key for the dbtcloud provider. If the key "
        "is not intended for the provider, please choose a different namespace from `dbtcloud:`.",
        "accountId is not a number; set `dbtcloud:accountId` to one",
        "disableRetry is neither true nor false; set `dbtcloud:disableRetry` to one of them",
        'retriableStatusCodes is not a list; write HTTP statuses, e.g. ["409", "425"]',
    ]


def test_an_unknown_key_of_a_provider_in_the_program_is_reported_with_its_name(shared_provider):
    urn = "urn:pulumi:s::p::pulumi:providers:dbtcloud::mine"

    assert problems(shared_provider, urn, **GOOD, typo="1") == [
        "could not validate provider configuration: Invalid or unknown key. Examine values at "
        "'mine.typo'."
    ]


def test_what_is_not_configured_comes_from_the_environment(service):
    env = os.environ | {
        "DBT_CLOUD_ACCOUNT_ID": "12",
        "DBT_CLOUD_TOKEN": "from-the-environment",
        "DBT_CLOUD_HOST_URL": f"http://{service.address}/api/",
    }
    provider = ProviderProcess(env=env)

    answer, errors = provider.call("Configure", {"args": {}})
    provider.close()

    assert errors is None
    assert answer["supportsPreview"] is True
    assert [path for _, path, _ in service.requests] == ["/api/v2/accounts/"]
    assert service.headers[0]["Authorization"] == "Token from-the-environment"


def test_a_proxy_of_the_environment_is_not_used(service):
    proxy = "http://127.0.0.1:9"
    provider = ProviderProcess(env=os.environ | {"HTTP_PROXY": proxy, "http_proxy": proxy})

    _, errors = provider.configure(service.address, disableRetry="true")
    provider.close()

    assert errors is None
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("missing", "text"),
    [
        ("accountId", "Missing dbt Cloud account identifier: "),
        ("token", "Missing dbt Cloud token: "),
    ],
)
def test_a_configuration_without_account_or_token_says_what_to_set(shared_provider, missing, text):
    _, [error] = shared_provider.call("Configure", {"args": without(GOOD, missing)})

    assert error.startswith(f"rpc error: code = Unknown desc = {text}")
    assert f"`dbtcloud:{missing}`" in error


def test_a_token_of_another_account_is_refused(shared_provider, service):
    _, [error] = shared_provider.configure(service.address, accountId="13")

    assert "does not have access to the account id 13" in error
    before = len(service.requests)
    _, errors = shared_provider.configure(service.address, skipCredentialsValidation="true")
    assert errors is None
    assert len(service.requests) == before


def test_a_configuration_that_is_not_known_yet_does_for_a_preview(service):
    provider = ProviderProcess()

    _, errors = provider.call("Configure", {"args": {**GOOD, "token": UNKNOWN}})
    create = {"urn": JOB_URN, "properties": JOB}
    preview, preview_errors = provider.call("Create", {**create, "preview": True})
    _, [run_error] = provider.call("Create", create)
    provider.close()

    assert errors is None
    assert preview_errors is None
    assert preview["properties"]["name"] == "Production"
    assert "is not known yet" in run_error


@pytest.mark.parametrize(
    ("settings", "attempts"),
    [({}, 3), ({"maxRetries": "5"}, 5), ({"maxRetries": "0"}, 1), ({"disableRetry": "true"}, 1)],
)
def test_a_call_is_sent_a_limited_number_of_times(shared_provider, service, settings, attempts):
    shared_provider.configure(service.address, **settings)
    service.faults = [503] * 100

    _, [error] = shared_provider.call("Create", {"urn": JOB_URN, "properties": JOB})

    assert "unexpected status code 503" in error
    assert service.sent() == ["POST /api/v2/accounts/12/jobs/"] * attempts


@pytest.mark.parametrize(("given", "attempts"), [([], 1), ('["409"]', 2), (["409"], 2), ([409], 2)])
def test_further_statuses_can_be_retried(shared_provider, service, given, attempts):
    shared_provider.configure(service.address, maxRetries="2", retriableStatusCodes=given)
    service.faults = [409, 409]

    shared_provider.call("Create", {"urn": JOB_URN, "properties": JOB})

    assert len(service.sent()) == attempts


def test_a_create_whose_connection_dies_after_it_was_stored_is_not_sent_again(provider, service):
    performed = service.answer

    def die(method, path, body):
        performed(method, path, body)
        raise ConnectionError

    service.answer = die

    _, [error] = provider.call("Create", {"urn": JOB_URN, "properties": JOB})

    assert "POST http://" in error
    assert service.sent() == ["POST /api/v2/accounts/12/jobs/"]
    assert len(service.jobs) == 1


def test_the_error_about_a_service_that_is_not_there_has_its_address(shared_provider, service):
    address = service.address
    shared_provider.configure(address)
    service.close()

    _, [error] = shared_provider.call("Create", {"urn": JOB_URN, "properties": JOB})

    assert f"POST http://{address}/api/v2/accounts/12/jobs/" in error
    assert "refused" in error
    assert "start it with `make up`, or `localcloud start`" in error


def test_a_changed_configuration_is_reported_and_replaces_nothing(shared_provider):
    answer, _ = shared_provider.call(
        "DiffConfig", {"urn": PROVIDER_URN, "oldInputs": GOOD, "news": {**GOOD, "accountId": "13"}}
    )

    assert answer == {"changes": "DIFF_SOME", "diffs": ["accountId"]}
