"""What a reviewer reads, from previews that were recorded."""

import copy
import json

import pytest

from tests.components.cli import command
from tests.components.cli.review import recordings

SECRET = "dbtc_Qx7Wm2MadeUpSecret"


def run(document, *arguments, code=None):
    text = document if isinstance(document, str) else json.dumps(document)
    ended, printed, errors = command.in_process("review", *arguments, given=text)
    assert code in (None, ended), printed + errors
    return printed


def test_a_preview_without_a_change_says_so():
    lines = run(recordings.load("nothing"), code=0).splitlines()

    assert lines[0] == "<!-- dbtcloud-datafold review: dbtcloud-datafold/dev -->"
    assert lines[-1] == "Nothing changes."


def test_projects_that_change_alike_share_a_table():
    document = recordings.load("schedule")
    steps = [
        json.loads(json.dumps(step).replace("analytics", f"project-{number}"))
        for number in range(20)
        for step in document["steps"]
    ]
    own = json.loads(json.dumps(document["steps"]).replace("dbt seed", "dbt deps"))

    text = run({**document, "steps": [*steps, *own]}, code=0)

    assert "#### 20 projects\n\nproject-0, project-1, project-10" in text
    assert "| **Production** (1008, 1008, 1008, 1008, 1008 and 15 more) | schedule |" in text
    assert "#### analytics\n" in text
    assert len(text.splitlines()) < 25


CHANGES = {
    "schedule": [
        "#### analytics",
        "| **Production** (1008) | schedule | daily at 02:00 UTC | daily at 04:00 and 16:00 UTC |",
        "| steps | `dbt build` | `dbt seed`, then `dbt build` |",
        "Nothing else changes: 17 resources stay as they are.\n",
    ],
    "rename": ["| **Production** (1008) | name | Production | Nightly build |"],
    "environment-created": ["| environment | 102 | known after the update |"],
    "replacement-allowed": [
        "- **Job 1009 'Merge' gets a new number** (project analytics). Datafold still has the old one: choose the new "
        'one there, field "Job that creates dbt artifacts".',
        "#### analytics",
        "| project | 10 | 20 |",
        "| environment | 101 | 201 |",
    ],
    "replacement-refused": [
        "**The update is refused.** this change would replace job 1009 'Merge'",
        "`pulumi up` would change nothing until this is resolved.\n",
    ],
    "refused-config": [
        "execute_steps\\[0\\]<br>problem: dbt Cloud runs a step without a shell<br>fix:"
    ],
    "deletion": [
        "**1 thing needs a person**",
        "pause or remove the integration of marketing in Datafold first",
        "| **Production** (1012) | deleted | `dbt build`; every 12 hours, Monday to Friday; environment 201 |",
    ],
    "merge-to-artifacts": [
        "choose 'Datafold artifacts' there, field \"Job that creates dbt artifacts\"",
        "no artifacts before its first run",
    ],
    "protected-deletion": [
        "- **Protection stops the update:** deletion of job 1012 'Production'",
        "`dbtcloud-datafold:protect: false`",
    ],
    "token-replaced": ["**Token 1006 'Datafold' is replaced:** its secret stops working"],
    "token-rotation": ["**Token 'Datafold 2' is new.** Enter the new secret in Datafold"],
    "token-deleted": ["**Token 1006 'Datafold' is deleted:** its secret stops working."],
    "pipeline": ["**Token 'Merge pipeline of project 20' is new.** Set the repository's"],
    "notifications": ["**Webhook 'Datafold jobs failed' gets a new signing secret.**"],
}
"""What is shown of each recorded change, in this order."""

NEEDS_NOBODY = {"schedule", "rename", "environment-created"}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_shown_in_words_with_what_a_person_has_to_do_first(name):
    text = run(recordings.load(name), code=0 if name in NEEDS_NOBODY else 1)

    places = [text.find(shown) for shown in CHANGES[name]]
    assert -1 not in places
    assert places == sorted(places)
    assert ("person" in text.partition("####")[0]) == (name not in NEEDS_NOBODY)
    assert "before hook" not in text


@pytest.mark.parametrize("name", recordings.NAMES)
def test_an_ordinary_change_has_less_than_forty_lines(name):
    text = run(recordings.load(name))

    assert len(text.splitlines()) < 40
    # None of Pulumi's own values for machines.
    assert "urn:" not in text
    assert "04da6b54" not in text
    assert "4dabf181" not in text


def _planted(value):
    """The same document with a secret at each text a person may have written, and marked as one at others."""
    if isinstance(value, dict):
        return {
            key: SECRET
            if key in ("tokenString", "rawValue", "hmacSecret")
            else f"{item} {SECRET}"
            if key in ("name", "description", "targetName", "message")
            else _planted(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_planted(item) for item in value]
    return value


@pytest.mark.parametrize("name", recordings.NAMES)
def test_no_secret_is_shown(name):
    document = _planted(recordings.load(name))

    text = run(document)

    assert SECRET not in text


@pytest.mark.parametrize(
    ("kind", "key", "shown"),
    [
        (
            "dbtcloud:index/environmentVariableJobOverride:EnvironmentVariableJobOverride",
            *("rawValue", "| **hook** | raw value | a value | a value |"),
        ),
        ("dbtcloud:index/webhook:Webhook", "clientUrl", "| a value | a value |"),
        ("github:index/file:File", "content", "| a value | a value |"),
    ],
)
def test_what_may_hold_a_secret_is_not_shown(kind, key, shown):
    step = _job_step("update")
    for state, value in (("oldState", "before-value"), ("newState", "after-value")):
        step[state] |= {"type": kind, "inputs": {"name": "hook", key: value}}

    text = run(_document(step))

    assert shown in text
    assert "-value" not in text


@pytest.mark.parametrize(("host", "limit"), [("github", 65_536), ("gitlab", 1_000_000)])
def test_a_long_comment_is_cut_between_lines_with_a_note(host, limit):
    steps = []
    for number in range(8_000):
        step = copy.deepcopy(_job_step("update"))
        step["urn"] += str(number)
        step["oldState"]["outputs"]["jobId"] = number + 1
        step["newState"]["inputs"]["executeSteps"] = ["dbt build " + "x" * 150]
        steps.append(step)

    text = run(_document(*steps), "--for", host)

    assert limit - 1_000 < len(text) <= limit
    *_, row, _, note, _, end = text.splitlines()
    assert note.endswith("more lines do not fit into a comment; `pulumi preview --diff` shows all.")
    assert row.endswith(" |")
    assert end.startswith("Nothing else changes")


def test_names_cannot_write_markdown():
    step = _job_step("update")
    step["oldState"]["inputs"]["name"] = "old"
    step["newState"]["inputs"]["name"] = "a|b <img src=x> [link](x) @team `c` <!-- x -->"

    row = next(line for line in run(_document(step)).splitlines() if "| name |" in line)

    assert "\\|" in row
    assert "<img" not in row
    assert "<!--" not in row
    assert "@team" not in row
    assert "\\[link\\]" in row


@pytest.mark.parametrize(
    "text",
    ["", "no json", "[]", "{}", '{"steps": 1}', '{"steps": [1]}', '{"steps": [{}]}', "[" * 100_000],
)
def test_what_is_no_preview_is_an_error_with_a_way_out(text):
    assert run(text, code=2) == ""


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("newState", None),
        ("newState", {"inputs": [1]}),
        ("newState", {"inputs": {"executeSteps": 7}}),
        ("oldState", {"outputs": "none"}),
        ("oldState", {"outputs": {"jobId": float("inf")}}),
    ],
)
def test_a_step_that_pulumi_would_not_print_is_an_error_in_words(key, value):
    step = next(
        candidate
        for candidate in recordings.load("schedule")["steps"]
        if candidate["op"] == "update"
    )
    odd = {**step, key: value if value is None else {**step[key], **value}}
    if value is None:
        del odd["oldState"]

    assert run({"steps": [odd]}, code=2) == ""


def test_a_file_that_is_not_there_is_an_error():
    assert run("", "nowhere.json", code=2) == ""
    assert run(recordings.load("schedule"), "--output", "nowhere/review.md", code=2) == ""


def _job_step(op):
    [step] = [
        step
        for step in recordings.load("schedule")["steps"]
        if step["op"] == op and step["urn"].endswith("-job")
    ]
    return step


def _document(*steps):
    return {"steps": list(steps), "diagnostics": [], "changeSummary": {"same": 1}}
