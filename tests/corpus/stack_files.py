"""The corpus: stack files that are wrong or odd, by name.

Most are generated: a right stack file in which one place has another value. The rest are oddities of YAML itself.
"""

import copy
import json
from collections.abc import Iterator
from typing import Any

import yaml

SECRET = "dbtc_plantedPlantedPlanted0123456789"
"""Planted where a secret may be pasted by mistake; no output may show it."""

PASSWORD = "planted-Pa55word"
"""Planted in addresses."""

STEPS = ["dbt seed", "dbt build --select state:modified+"]
GOOD: dict[str, Any] = yaml.safe_load("""
x-job: &job
  {description: Builds all, dbt_version: latest, num_threads: 8, target_name: prod, timeout_seconds: 600,
  generate_docs: true, run_generate_sources: true, environment_variables: {DBT_REGION: eu},
  cost_optimization_features: [dbt_state], allow_replacement_of: 7}
config:
  dbtcloud:accountId: '1'
  dbtcloud:hostUrl: https://ab123.us1.dbt.com
  dbtcloud-datafold:protect: true
  dbtcloud-datafold:service_token: {name: Datafold, project_ids: [10]}
  dbtcloud-datafold:notifications:
    {emails: [team@example.com], user_id: 1, slack_channel: {id: C0123456789, name: '#data'},
    webhook_url: https://example.com/hook}
  dbtcloud-datafold:projects:
    analytics:
      project_id: 10
      previous_names: [reporting]
      first_run: true
      datafold_reads: merge_job
      environments:
        production: {id: 101}
        pull_request:
          create: {name: CI, deployment_type: staging, dbt_version: latest, custom_branch: main, connection_id: 5}
      production_job:
        <<: *job
        name: Nightly
        adopt_job_id: 8
        execute_steps: &steps [dbt seed, 'dbt build --select state:modified+']
        self_deferring: true
        schedule: {hours: [2], days: [1, 5]}
        job_completion_trigger_condition: {job_id: 5, project_id: 10, statuses: [success]}
      pull_request_job:
        {name: CI, execute_steps: *steps, triggers_on_draft_pr: true, run_lint: true, errors_on_lint_failure: false,
        run_compare_changes: true, compare_changes_flags: '--select state:modified', clone_incremental_models: true}
      merge_job:
        <<: *job
        trigger: pipeline
        deferring_environment_id: 101
        first_run_wait_seconds: 60
        pipeline: {git_host: gitlab, branch: main, secret_name: DBT_TOKEN, path: .gitlab/dbt.yml, wait_minutes: 10,
          repository: data/dbt}
      artifacts_job: {<<: *job, command: parse, schedule: {cron: 0 6 * * *}}
""")
# Each place has a value of its own.
GOOD = json.loads(json.dumps({"config": GOOD["config"]}))
"""Right, with a value for nearly every key."""

ANY_VALUE: list[Any] = [
    *(None, True, 0, -1, 7, 1.5, 2**70, float("inf")),
    *("", " ", "text", "a" * 300, "\u200b", "\u3164", "line\nbreak", "nul\x00", "<b>", "${x}"),
    *([], [None], [[]], [0, 0], ["text", "text"], {}, {"text": 1}, {"text": {"text": None}}),
    *(SECRET, "9" * 5_000, "[" * 2_000),
]
"""Tried in each place."""

BY_PLACE: dict[str, list[Any]] = {
    "dbtcloud:hostUrl": [
        *("http://ab.dbt.com", "ftp://ab.dbt.com", "https://", "//", "https://ab.dbt.com:0"),
        *("https://ab.dbt.com:99999", "https://[v1.x]", "[::1", f"https://{'a' * 64}.dbt.com"),
        *("https://ab.dbt.com\\@example.com", "javascript:alert(1)", "https://\u0430b.dbt.com"),
        *(
            "https://:@ab.dbt.com",
            f"https://user:{PASSWORD}@ab.dbt.com",
            f"https://{PASSWORD}@ab.dbt.com",
            "1.2.3",
        ),
    ],
    "dbtcloud:accountId": ["ten", "1.0", "\u0661", "1e3", "0x10", "-5", "9" * 5000],
    "webhook_url": [
        *(f"https://u:{PASSWORD}@example.com/", f"https://example.com/?token={PASSWORD}"),
        *("http://example.com", "https://", "https://a b", "https://a:0/", "https://[x]/"),
        *("https://a..b/", "https://-a.b/", f"https://{'a' * 64}.b/", "https://a.b/\u202e"),
        *(f"https://a.b/?x=1;sig={PASSWORD}", f"https://a.b/#%74oken={PASSWORD}"),
    ],
    "emails": [
        *(
            [text]
            for text in ("a@b.de\u200b", ".a@b.de", "a..b@c.de", "a@-b.de", f"{'a' * 250}@b.de")
        ),
        *(["<a@b.de>"], ["a@b"], ["a@b.de", "a@b.de"], ["a b@c.de"], ["@"], ["a@b.de\n"]),
    ],
    "execute_steps": [
        [step]
        for step in (
            *("dbt", "build", "dbt biuld", "dbt docs serve", "dbt docs", "dbt init"),
            *("dbt seed\ndbt build", "dbt build && ls", "dbt build `a`", "dbt $(a)", '"', "'"),
            *("dbt build --vars '{", "dbt build\x00", "dbt build ", "dbt build \\\n -s a"),
            "\\",
            *("dbt build # all", "dbt build #all", "dbt build #"),
        )
    ],
    "cron": [
        *(
            *("* * * *", "* * * * * *", "60 * * * *", "0 0 31 2 *", "@daily"),
            *("0\u00a06 * * *", "a b c d e"),
        ),
        *("*/0 * * * *", "0 6 * * 1\n", "0 6 * * 8", "1-0 * * * *", "\u0660 * * * *", "- - - - -"),
    ],
    "branch": ["HEAD", "refs/heads/main", "-x", "a..b", "a b", "/", "a\\b", "@"],
    "custom_branch": ["refs/heads/main", "-x", "a..b", "a b", "/", "a\\b", "@"],
    "repository": ["a.git", "../x", "..", "/a", "a//b", "a b", "https://example.com/a"],
    "id": ["#data", "c0123456789", "D0123456789"],
    "path": ["/a.yml", "../a.yml", "a.txt", "a/../../b.yml"],
    "secret_name": ["GITHUB_TOKEN", "CI_TOKEN", "1A", "a-b"],
    "compare_changes_flags": ["true", "select a", "--select a; ls", "--select `a`"],
    "environment_variables": [{"region": "eu"}, {"DBT_ENV_SECRET_A": SECRET}, {"DBT_A": 1}],
    "dbt_version": ["1.9", "v1.9.0-latest", "LATEST", "1.9.0"],
    "name": [
        "a\ufe0f",
        "a\u034f",
        "a\U000e0100",
        "Production\u200b",
        "\u00a0",
        "a\u202eb",
        "\ue000",
        "CI ",
        "\ufeffa",
    ],
}
"""Tried where a key of this name is, and refused there."""

ODD_BY_PLACE: dict[str, list[Any]] = {
    "execute_steps": [
        [step]
        for step in (
            *("dbt clone", "dbt build -s state:new", "dbt build -sstate:new"),
            "dbt build --state a",
        )
    ],
    "name": ["Merge"],
}
"""The same, but right in some places."""

FOREIGN_KEYS = [
    *("schedule_days", "schedule_hours", "schedule_cron", "is_active", "triggers", "execution"),
    *(
        "github_webhook",
        "steps",
        "commands",
        "settings",
        "deferring_environment_ids",
        "linked_id",
        "execute_step",
        "Name",
        "<<",
        "0",
    ),
]
"""Added to each block."""

GOOD_TEXT = yaml.safe_dump(GOOD)

YAML_ODDITIES = {
    "a tab after a colon": GOOD_TEXT.replace("project_id: 10", "project_id:\t10"),
    "a second document": f"{GOOD_TEXT}---\nconfig: {{}}\n",
    "a value that is =": GOOD_TEXT.replace("name: Nightly", "name: ="),
    "an unknown tag": GOOD_TEXT.replace("name: Nightly", "name: !plain Nightly"),
    "a secret with a tag": f"{GOOD_TEXT}  dbtcloud:token: !plain {SECRET}\n",
    "a date that does not exist": GOOD_TEXT.replace("name: Nightly", "name: 2026-02-31"),
    "a date": GOOD_TEXT.replace("name: Nightly", "name: 2026-02-01"),
    "a byte order mark": f"\ufeff{GOOD_TEXT}",
    "an anchor": GOOD_TEXT.replace("name: Nightly", "name: &a Nightly\n        description: *a"),
    "a key twice": GOOD_TEXT.replace("name: Nightly", "name: Nightly\n        name: Daily"),
    "a key of ours at the margin": f"{GOOD_TEXT}dbtcloud-datafold:protect: false\n",
    "a secret at the margin": f"{GOOD_TEXT}dbtcloud:token: {SECRET}\n",
    "yes and no": GOOD_TEXT.replace("run_lint: true", "run_lint: yes"),
    "yes in quotes": GOOD_TEXT.replace("run_lint: true", "run_lint: 'yes'"),
    "an octal number": GOOD_TEXT.replace("num_threads: 8", "num_threads: 010"),
    "a sexagesimal number": GOOD_TEXT.replace("num_threads: 8", "num_threads: 1:30"),
    "a number with an underscore": GOOD_TEXT.replace("num_threads: 8", "num_threads: 1_0"),
    "a list as a key": GOOD_TEXT.replace("num_threads: 8", "? [a]\n        : 8"),
    "an empty file": "",
    "null": "null\n",
    "a list": "- config\n",
    "no configuration": "config:\n",
    "a binary": GOOD_TEXT.replace("name: Nightly", "name: !!binary aGVsbG8="),
    "a set": GOOD_TEXT.replace("name: Nightly", "name: !!set {a, b}"),
    "not a number": GOOD_TEXT.replace("num_threads: 8", "num_threads: .nan"),
    "carriage returns": GOOD_TEXT.replace("\n", "\r\n"),
    "a folded command": GOOD_TEXT.replace(
        "- dbt seed", "- >-\n          dbt seed\n          --select a"
    ),
    "two commands in a block": GOOD_TEXT.replace(
        "- dbt seed", "- |\n          dbt seed\n          dbt build"
    ),
    "10,000 blocks": yaml.safe_dump(
        {"config": {"dbtcloud-datafold:projects": {f"p{n}": None for n in range(10_000)}}}
    ),
}
"""Texts that Pulumi reads, or refuses before this project sees them."""

DEFINITION_ODDITIES = {
    **{f"a value that is no {tag}": f"protect: !!{tag} x\n" for tag in ("bool", "int", "float")},
    "no bytes": "protect: !!binary a\n",
    "no time": "protect: !!timestamp x\n",
    "a program": "protect: !!python/object/apply:os.getcwd []\n",
    "a date that does not exist": "protect: 2026-02-31\n",
    "a number without an end": f"protect: 0x{'f' * 5_000}\n",
    "a key that is a block": "? {a: 1}\n: 1\n",
    "an anchor within itself": "projects: &a [*a]\n",
    "an anchor twice": f"x-a: &a {SECRET}\nx-b: &a {SECRET}\nprotect: 7\n",
    "a merge of nothing": "projects: {<<: 7}\n",
    "half a character": 'protect: "\\ud800"\n',
    "300 levels": f"projects: {'[' * 300}{']' * 300}\n",
    "a quotation without an end": f"protect: '{SECRET}\n",
    "a secret with a tag": f"protect: !plain {SECRET}\n",
    "a key twice": f"protect: {SECRET}\nprotect: {SECRET}\n",
    "the provider's token": f"dbtcloud:token: {SECRET}\n",
    "the webhook's address": f"secret_webhook_url: https://example.com/{SECRET}\n",
    "an encrypted value": "protect: {secure: v1}\n",
    "another encoding": "protect: \udcff\n",
}
"""Definitions, each refused."""


def places(block: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """List every place in a stack file that has a value."""
    if path:
        yield path
    items = (
        block.items()
        if isinstance(block, dict)
        else enumerate(block)
        if isinstance(block, list)
        else ()
    )
    for key, value in items:
        yield from places(value, (*path, key))


def changed(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """Return the right stack file with another value in one place."""
    stack_file = copy.deepcopy(GOOD)
    block: Any = stack_file
    for part in path[:-1]:
        block = block[part]
    block[path[-1]] = value
    return stack_file


def of_place(path: tuple[str | int, ...]) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Yield the stack files with something odd in one place: a name, the file, and whether it must be refused."""
    name, key = ".".join(map(str, path)), str(path[-1])
    wrong = BY_PLACE.get(key, [])
    for value in [*ANY_VALUE, *ODD_BY_PLACE.get(key, []), *wrong]:
        yield f"{name} = {str(value)[:30]!r}", changed(path, value), value in wrong
    block: Any = GOOD
    for part in path:
        block = block[part]
    if isinstance(block, dict):
        for foreign in FOREIGN_KEYS:
            yield f"{name} with {foreign}", changed((*path, foreign), 1), False


PLACES = [path for path in places(GOOD["config"], ("config",)) if len(path) > 1]
