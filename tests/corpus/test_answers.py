"""Answers that dbt Cloud would not give, to each question of each command, of the preview and of the pipeline.

All run in this process, and what the commands ask `pulumi` is asked once.
"""

import contextlib
import io
import itertools
import json
import re
import resource
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pulumi
import pytest
from pulumi_dbtcloud_datafold.account import api_client
from pulumi_dbtcloud_datafold.account.api_client import DbtCloudError
from pulumi_dbtcloud_datafold.cli.pulumi_stack import PulumiStack
from pulumi_dbtcloud_datafold.cli.recover import interrupted
from pulumi_dbtcloud_datafold.pipeline import run_job

from infra import account_checks, config
from localcloud import testing
from localcloud.testing import TOKEN
from tests.components.cli import command
from tests.components.cli.account import NIGHTLY, Account
from tests.corpus import answers
from tests.corpus.answers import OtherCloud
from tests.infra.engine import attached, deployment
from tests.infra.engine.deployment import ANALYTICS, Deployment

LIMIT_SECONDS = 0.3
LIMIT_KILOBYTES = 300_000
ERROR = 2
REFUSED = re.compile(
    r"was not answered as dbt Cloud does|was answered \d{3}: |cannot reach dbt Cloud at|no answer from"
    r"|has more than \d+ pages"
)
NO_WORDS = re.compile(r"Traceback|pydantic|<class|ValidationError|plantedNext|\x1b")
LINE_CHARACTERS = 1_500

COMMANDS = {
    "adopt": ["adopt", "--output", "made.json"],
    "check": ["check"],
    "init": ["init", "--force"],
    "recover": ["recover"],
}
ASK_NOTHING = (["sheet"], ["show"], ["pipeline", "--output", "made"], ["workflows", "github"])
BLOCKS: dict[str, Any] = {
    "projects": {"analytics": {**ANALYTICS, "merge_job": {"trigger": "pipeline"}}},
    "notifications": {
        "webhook_url": "https://example.com/hook",
        "emails": ["a@example.com"],
        "user_id": 1,
    },
}
# What every answer has to have is tried at the first address that a command asks; this at each one.
AT_EACH_ADDRESS = ["data null", "data of null", "data without keys", "closed in the middle"]
ODD_AT_EACH_ADDRESS = ["values null", "values texts", "values objects", "numbers as texts"]
AT_FIRST = [*answers.NO_ANSWER, *answers.WIRE]


@dataclass
class Asking:
    """What asks dbt Cloud, and the server in front of it."""

    stack: Deployment
    other: OtherCloud
    job_id: int
    name: str = ""
    shown: str = ""
    known: dict[tuple[str, ...], Any] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def run(self, name: str) -> tuple[int, str]:
        """Run a command, the preview's checks or the pipeline; return its code and what it printed."""
        self.name = name
        self.other.asked.clear()
        shown = io.StringIO()
        with (
            mock.patch.dict("os.environ", self.stack.env, clear=True),
            mock.patch.object(PulumiStack, "_run", self._once),
            # Where no update ever succeeded, `recover` asks nothing.
            mock.patch.object(
                interrupted, "_last_success", return_value=datetime(2026, 1, 1, tzinfo=UTC)
            ),
            contextlib.chdir(self.stack.folder),
            contextlib.redirect_stdout(shown),
            contextlib.redirect_stderr(shown),
        ):
            if name == "preview":
                code = self._preview()
            elif name == "pipeline":
                code = self._pipeline()
            else:
                code, *printed = command.in_process(*COMMANDS[name])
                shown.writelines(printed)
        self.shown = shown.getvalue()
        return code, self.shown

    def routes(self, name: str) -> list[str]:
        """Return what is asked where all is right, one of each kind."""
        self.other.route = None
        code, shown = self.run(name)
        assert code != ERROR, shown
        by_kind = {
            re.sub(r"\d+/", "N/", route.partition("/accounts/1")[2]): route
            for route in self.other.asked
        }
        return list(by_kind.values())

    def _once(self, *arguments: str, **options: Any) -> Any:
        """Ask `pulumi`, but each thing only once."""
        import_file = next(
            (Path(argument) for argument in arguments if argument.endswith(".json")), None
        )
        kept = self.stack.folder / f"{self.name}-imports.json"
        key = (self.name, *(argument for argument in arguments if argument != str(import_file)))
        if key not in self.known:
            stack = PulumiStack(self.stack.folder, None)
            with attached.servers() as servers, mock.patch.dict("os.environ", servers):
                self.known[key] = _ask_pulumi(stack, *arguments, **options)
            if import_file:
                shutil.copy(import_file, kept)
        elif import_file:
            shutil.copy(kept, import_file)
        return self.known[key]

    def _preview(self) -> int:
        keys = {f"dbtcloud-datafold:{key}": json.dumps(block) for key, block in BLOCKS.items()}
        pulumi.runtime.set_all_config({**keys, "dbtcloud:token": TOKEN}, ["dbtcloud:token"])
        pulumi.runtime.settings.reset_options(stack="dev", root_directory=str(self.stack.folder))
        try:
            account_checks.check(config.load("Pulumi.dev.yaml"))
        except DbtCloudError as error:
            print(error)
            return ERROR
        finally:
            pulumi.runtime.set_all_config({}, [])
        return 0

    def _pipeline(self) -> int:
        settings = {
            **{"TOKEN": TOKEN, "ACCESS_URL": self.other.origin, "ACCOUNT_ID": "1"},
            **{"JOB_ID": str(self.job_id), "GIT_SHA": "a1", "GIT_BRANCH": "main"},
            **{"POLL_SECONDS": "0", "RETRY_SECONDS": "0", "WAIT_MINUTES": "0.01"},
            "TIMEOUT_SECONDS": str(api_client.TIMEOUT_SECONDS),
            # Otherwise it would find the run of another test.
            "STARTED_BY": f"test {next(self.numbers)}",
        }
        try:
            run_job.Pipeline(settings).run()
        except run_job.StopError as error:
            run_job.say(str(error))
            return ERROR
        return 0


_ask_pulumi = PulumiStack._run


@pytest.fixture(scope="module")
def asking(tmp_path_factory, pulumi_home):
    """A stack that is up, with a run of its merge job; `adopt` and `recover` see it as it was before."""
    folder = tmp_path_factory.mktemp("answers")
    with testing.running(folder / "cloud") as cloud, answers.spoiled(cloud.origin) as other:
        stack = deployment.make(folder / "project", pulumi_home, cloud)
        stack.extra_env["DBT_CLOUD_HOST_URL"] = other.origin
        stack.configure(**BLOCKS)
        found = Asking(stack, other, 0)
        for name in ("adopt", "recover"):
            found.run(name)
        replace(stack, extra_env={}).up()
        other.forget()
        account = Account(cloud)
        found.job_id = stack.jobs()["10 Merge"]["id"]
        account.run(found.job_id)
        account.job("Nightly", **NIGHTLY)
        yield found


@pytest.fixture(autouse=True)
def little_patience(monkeypatch, event_loop):
    monkeypatch.setattr(run_job, "ATTEMPTS", 2)
    monkeypatch.setattr(run_job, "VISIBLE_AFTER_SECONDS", 0)


def refused_or_right(asking: Asking, name: str, route: str, evil: str) -> bool:
    """Run it with a spoiled answer; return whether it was refused, which is in words and with the address."""
    asking.other.route, asking.other.evil = route, evil
    code, shown = asking.run(name)
    where = f"{name}, {route}, {evil}: {code}\n{shown[:3000]}"
    assert NO_WORDS.search(shown) is None, where
    assert TOKEN not in shown, where
    assert max(map(len, shown.splitlines()), default=0) < LINE_CHARACTERS, where
    is_refused = code == ERROR and REFUSED.search(shown) is not None
    assert is_refused == (code == ERROR) or evil in answers.ODD_ANSWER, where
    assert not is_refused or asking.other.origin in shown, where
    return is_refused


NAMES = [*COMMANDS, "preview", "pipeline"]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_never_right_is_refused_with_the_address(asking, name):
    first, *_ = asking.routes(name)

    assert [evil for evil in AT_FIRST if not refused_or_right(asking, name, first, evil)] == []


COMPARE = "Compare dbtcloud:hostUrl with Access URL in dbt Cloud, Account settings"
CAUSES = {
    "a web page": "not JSON with status and data; it may come from a login page",
    "a number": COMPARE,
    "not packed": COMPARE,
    "packed twice": "it is packed as gzip, gzip",
    "100 MB, packed": "it is longer than 64000000 bytes",
    "missing pages": "has more than 1000 pages",
    "values null": "data[0].id: this",
    "418": "was answered 418: the answer (text/html) is not JSON",
    "400 with the token": "was answered 400: Token <a token>",
    "a redirect": "it points to another address, at https://login.example.com. Compare",
    "a redirect to itself": "it points to another address, at http://127.0.0.1",
    "a redirect to a script": COMPARE,
}


@pytest.mark.parametrize("evil", CAUSES)
def test_the_likely_cause_is_named(asking, evil):
    first, *_ = asking.routes("init")

    assert refused_or_right(asking, "init", first, evil)
    assert CAUSES[evil] in asking.shown
    assert "alert" not in asking.shown


@pytest.mark.parametrize("name", NAMES)
def test_each_question_has_an_answer_that_is_checked(asking, name):
    passed = [
        (route, evil)
        for route in asking.routes(name)
        for evil in AT_EACH_ADDRESS
        if not refused_or_right(asking, name, route, evil)
    ]

    assert passed == []


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_that_is_odd_in_one_thing_ends_in_words_or_is_right(asking, name):
    first, *others = asking.routes(name)
    odd = {first: answers.ODD_ANSWER, **dict.fromkeys(others, ODD_AT_EACH_ADDRESS)}

    for route, evils in odd.items():
        refused = [evil for evil in evils if refused_or_right(asking, name, route, evil)]
        assert refused, (name, route)


@pytest.mark.parametrize("name", NAMES)
def test_what_takes_long_or_much_is_cut_off(asking, name, monkeypatch):
    first, *_ = asking.routes(name)
    monkeypatch.setattr(api_client, "TIMEOUT_SECONDS", LIMIT_SECONDS)
    monkeypatch.setattr(api_client, "ANSWER_SECONDS", LIMIT_SECONDS)
    monkeypatch.setattr(run_job, "ANSWER_SECONDS", LIMIT_SECONDS)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert all(refused_or_right(asking, name, first, evil) for evil in answers.SLOW)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < LIMIT_KILOBYTES


def test_the_other_commands_ask_dbt_cloud_for_nothing(asking):
    asking.other.route = None
    for arguments in ASK_NOTHING:
        COMMANDS["other"] = arguments
        assert asking.run("other")[0] == 0
        assert asking.other.asked == []
    del COMMANDS["other"]
