"""The API token: what may see it."""

import json

from tests.toolchain.provider.declared import JOB, JOB_URN, TOKEN_URN
from tests.toolchain.provider.provider_process import ProviderProcess

API_TOKEN = "api-token-0123456789"

SECRET_MARK = "4dabf18193072939515e22adb298388d"


def test_an_error_never_shows_the_api_token_even_if_the_service_echoes_it(service):
    provider = ProviderProcess()
    provider.configure(service.address, token=API_TOKEN)
    answered = service.answer

    def echo(method, path, body):
        status, document = answered(method, path, body)
        document["status"]["user_message"] = json.dumps(service.headers[-1])
        return status, document

    service.answer = echo
    errors = []
    for status in (400, 401, 403, 404, 405, 422, 500):
        service.faults = [status] * 3
        errors += provider.call("Create", {"urn": JOB_URN, "properties": JOB})[1]
        service.faults = [status] * 3
        errors += provider.call("Read", {"id": "1", "urn": TOKEN_URN})[1] or []
    output, diagnostics = provider.close()

    assert len(errors) >= 7
    assert any("[secret]" in error for error in errors)
    for text in (*errors, output, diagnostics):
        assert API_TOKEN not in text


def test_an_error_never_shows_an_api_token_that_cannot_be_sent(service):
    provider = ProviderProcess()
    _, errors = provider.configure(service.address, token=f"{API_TOKEN}\n")
    output, diagnostics = provider.close()

    assert errors
    for text in (*errors, output, diagnostics):
        assert API_TOKEN not in text


def test_the_token_of_the_configuration_becomes_a_secret(provider, service):
    answer, _ = provider.call(
        "CheckConfig",
        {"urn": "urn:pulumi:s::p::pulumi:providers:dbtcloud::d", "news": {"token": API_TOKEN}},
    )

    assert answer["inputs"]["token"][SECRET_MARK]
