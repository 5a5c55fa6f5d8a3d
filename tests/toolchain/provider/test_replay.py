"""Every recording of the official provider, played to the fake provider.

A file has the calls of the engine with the official provider's answers, and the HTTP requests that it
sent meanwhile. The same calls are made here, over gRPC, and the answers and requests must be the same.

What may differ, and why:
- The addresses and tokens by which engine and provider find each other, and the service's port.
- The order of the failures of one `Check`: it is by chance in the recordings too.
- The look at the account when the provider is configured is not in the recordings.
"""

import json
import re
from pathlib import Path

import pytest

RECORDINGS = Path(__file__).parent / "recordings"

RECORDED_ADDRESS = "127.0.0.1:9920"

FILES = sorted(path.name for path in RECORDINGS.iterdir())


def rename_by_hand(service):
    service.jobs[1000] |= {"name": "renamed by hand", "generate_docs": True}


def remove_by_hand(service):
    del service.jobs[1000]


BEHIND_THE_BACK = {
    ("refresh-drift.jsonl", 1): rename_by_hand,
    ("refresh-drift.jsonl", 4): remove_by_hand,
}
"""What was done to the service in a step, besides through the provider."""


@pytest.mark.parametrize("file", FILES)
def test_the_fake_provider_answers_and_sends_what_the_official_provider_did(
    file, shared_provider, recorded_service
):
    text = (RECORDINGS / file).read_text().replace(RECORDED_ADDRESS, recorded_service.address)
    lines = [json.loads(line) for line in text.splitlines()]
    shared_provider.configure(recorded_service.address)

    for step in range(max(line["step"] for line in lines) + 1):
        BEHIND_THE_BACK.get((file, step), lambda _: None)(recorded_service)
        step_lines = [line for line in lines if line["step"] == step]
        recorded_service.expect([])
        for line in (line for line in step_lines if line["phase"] == "preview"):
            play(line, shared_provider)
        recorded_service.expect(line for line in step_lines if line["phase"] == "http")
        for line in (line for line in step_lines if line["phase"] == "run"):
            play(line, shared_provider)

        assert recorded_service.mismatches == []
        assert recorded_service.unmet() == []


def play(line, provider):
    answer, errors = provider.call(line["call"], line["request"])

    assert errors == line.get("errors")
    assert comparable(answer) == comparable(line["response"])


def comparable(answer):
    """An answer as text, with every line in a fixed place, so that a difference is easy to see."""
    if answer and "failures" in answer:
        failures = sorted(answer["failures"], key=lambda item: item["reason"])
        answer = {**answer, "failures": failures}
    text = json.dumps(answer, indent=1, sort_keys=True)
    return re.sub(r"(\d)\.0\b", r"\1", text)
