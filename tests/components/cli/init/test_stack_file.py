"""The stack file gets its blocks; whatever else is in it stays, byte for byte."""

import re

import pytest
import yaml
from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.cli.init import blocks, rendering, tokens
from pulumi_dbtcloud_datafold.cli.init.command import stack_file_content
from pulumi_dbtcloud_datafold.cli.init.stack_file import StackFile

from tests.components.cli.init.documents import ci, document, hourly, merge, nightly, steps
from tests.components.cli.init.test_blocks import DEFERRING, ENVIRONMENTS

MEMBER = {"permission_set": "member", "all_projects": True, "project_id": None}
TOKEN = tokens.decided([({"id": 77, "name": "Datafold"}, [MEMBER])])
NO_TOKEN = tokens.decided([])
OTHERS = """\
# The stack of the data team.
encryptionsalt: v1:abc=:v1:def
config:
  # Where it is.
  dbtcloud:accountId: 12   # ours
  'aws:region':   eu-west-1
  dbtcloud:token:
    secure: v1:ghi
"""
FULL = f"""\
{OTHERS}  dbtcloud-datafold:projects:
    #: dbt Cloud project 10 'Analytics'
    analytics:
      project_id: 10
      environments:
        production: {{id: 101}}  # Production
        pull_request: {{id: 102}}  # CI
      #: its schedule starts it (at 02:00 every day, UTC), and it builds everything: dbt build
      production_job:
        adopt_job_id: 1
        name: Nightly
      #: pull requests start it (github_webhook, git_provider_webhook)
      pull_request_job:
        adopt_job_id: 2
        name: "Slim: CI"
      #: a merge starts it, and it builds: dbt build
      merge_job:
        adopt_job_id: 3
      #: Left alone:
      #:   4 'Hourly': its schedule starts it (at the start of every hour, UTC), and it makes a manifest: dbt
      #:       compile; Datafold reads one job's artifacts, and there is a merge job
  #: Its secret stays with Datafold: nobody can read it again
  dbtcloud-datafold:service_token:
    adopt_token_id: 77
"""
OPEN = """\
config:
  #: dbtcloud-datafold:projects:
  #:   # dbt Cloud project 10 'Analytics'
  #:   # To decide. Run `dbtcloud-datafold init --force` again with the --choose options below; or complete
  #:   # the block and take '#: ' from its lines
  #:   analytics:
  #:     project_id: 10
  #:     environments:
  #:       production: {id: 101}  # Production
  #:       pull_request: {id: 102}  # CI
  #:     # production_job: to decide; 2 jobs fit
  #:     #   --choose analytics.production_job=1 ('Nightly': its schedule starts it (at 02:00 every day, UTC),
  #:     #       and it builds everything: dbt build)
  #:     #   --choose analytics.production_job=5 ('S': its schedule starts it (at 02:00 every day, UTC), and it
  #:     #       builds everything: dbt build)
  #:     #   --choose analytics.production_job=new (`pulumi up` makes one)
  #:     # pull requests start it (github_webhook, git_provider_webhook)
  #:     pull_request_job:
  #:       adopt_job_id: 2
  #:       name: "Slim: CI"
  #:     # a merge starts it, and it builds: dbt build
  #:     merge_job:
  #:       adopt_job_id: 3
  #: No token is called Datafold: none is taken over and none is made. Remove this key to have one made
  dbtcloud-datafold:service_token: ""
"""

JOBS = [
    document(1, nightly("Nightly")),
    document(2, ci("Slim: CI", DEFERRING), 102),
    document(3, merge("Merge")),
]
SECOND = document(5, nightly("S"))


def made(*jobs, key="analytics", project_id=10):
    project = {"id": project_id, "name": key.capitalize()}
    return blocks.project_block(
        key, project, jobs, [{**e, "name": e["name"]} for e in ENVIRONMENTS], {}
    )


@pytest.fixture
def file(tmp_path):
    return tmp_path / "Pulumi.prod.yaml"


def write(file, *found, token=TOKEN):
    StackFile(file).write(stack_file_content(found, token))
    return file.read_text()


def test_blocks_are_added_to_what_is_there(file):
    file.write_text(OTHERS)

    assert write(file, made(*JOBS, document(4, hourly("Hourly")))) == FULL


def test_writing_again_changes_nothing(file):
    file.write_text(FULL)

    assert write(file, made(*JOBS, document(4, hourly("Hourly")))) == FULL


def test_a_file_that_is_not_there_is_made(file):
    text = write(file, made(*JOBS))

    assert text.startswith("config:\n  dbtcloud-datafold:projects:\n")
    assert yaml.safe_load(text)["config"]["dbtcloud-datafold:service_token"] == {
        "adopt_token_id": 77
    }


@pytest.mark.parametrize("config", ["config:\n", "config: {}\n", "config: # later\n"])
def test_a_file_without_configuration_gets_some(file, config):
    file.write_text(f"encryptionsalt: v1:abc\n{config}")

    content = yaml.safe_load(write(file, made(*JOBS)))

    assert content["encryptionsalt"] == "v1:abc"
    assert content["config"]["dbtcloud-datafold:projects"]["analytics"]["project_id"] == 10


def test_a_block_that_is_to_decide_is_a_comment(file):
    assert write(file, made(*JOBS, SECOND), token=NO_TOKEN) == OPEN


def test_a_comment_without_its_mark_is_the_block(file):
    text = write(file, made(*JOBS, SECOND), token=NO_TOKEN)
    uncovered = re.sub(r"(?m)^( *)#: (?!No token)", r"\1", text)

    block = yaml.safe_load(uncovered)["config"]["dbtcloud-datafold:projects"]

    assert block == {
        "analytics": {
            "project_id": 10,
            "environments": {"production": {"id": 101}, "pull_request": {"id": 102}},
            "pull_request_job": {"adopt_job_id": 2, "name": "Slim: CI"},
            "merge_job": {"adopt_job_id": 3},
        }
    }


def test_a_decision_replaces_the_comment(file):
    file.write_text(OTHERS)
    write(file, made(*JOBS, SECOND))

    text = write(file, made(*JOBS, document(4, hourly("Hourly"))))

    assert yaml.safe_load(text) == yaml.safe_load(FULL)
    assert sorted(text.splitlines()) == sorted(FULL.splitlines())


def test_an_open_block_stands_among_the_others(file):
    content = yaml.safe_load(
        write(file, made(*JOBS, SECOND, key="open"), made(*JOBS, key="closed", project_id=20))
    )

    assert list(content["config"]["dbtcloud-datafold:projects"]) == ["closed"]
    assert "    #: open:\n" in file.read_text()


def test_other_blocks_and_their_comments_stay(file):
    file.write_text(
        "config:\n"
        "    dbtcloud-datafold:protect: false\n"
        "    dbtcloud-datafold:projects:\n"
        "        # Of the other team.\n"
        "        other: {project_id: 99}  # theirs\n"
        "\n"
        "        analytics:\n"
        "            project_id: 10\n"
        "            merge_job: {}\n"
        "\n"
        "    # Who is told.\n"
        "    dbtcloud-datafold:notifications:\n"
        "        emails:\n"
        "        - a@example.com\n"
        "# The end.\n"
    )

    text = write(file, made(*JOBS))

    config = yaml.safe_load(text)["config"]
    assert config["dbtcloud-datafold:projects"]["other"] == {"project_id": 99}
    assert config["dbtcloud-datafold:projects"]["analytics"]["production_job"] == {
        "adopt_job_id": 1,
        "name": "Nightly",
    }
    assert config["dbtcloud-datafold:notifications"] == {"emails": ["a@example.com"]}
    assert config["dbtcloud-datafold:service_token"] == {"adopt_token_id": 77}
    for kept in (
        "        # Of the other team.\n        other: {project_id: 99}  # theirs\n",
        "    # Who is told.\n    dbtcloud-datafold:notifications:\n        emails:\n        - a@example.com\n",
        "# The end.\n",
    ):
        assert kept in text


@pytest.mark.parametrize(
    "text",
    [
        *("yes", "NO", "on", "~", "null", "1234", "1_000", "0o14", "12:30:00", "2024-01-01"),
        *("1e3", ".inf", "=", "<<", "- a", "a: b", "a #b", "#1", "'quoted'", '"quoted"', "{a}"),
        *("[a]", "*a", "&a", "!a", "%a", "@a", "`a`", "|", ">", "?", "a\nb", "a\\nb"),
        *("🌙 Nightly", "é", "日本", "x" * 300),
        'dbt run --vars \'{"a": "b: c", "d": [1, 2]}\' ' + "--select x " * 20 + "y",
    ],
)
def test_every_text_is_read_as_it_was(text):
    lines = rendering.value_lines("key", {"name": text, "list": [text]})

    assert yaml.safe_load("\n".join(lines)) == {"key": {"name": text, "list": [text]}}


def test_a_name_in_a_comment_ends_no_line_and_hides_nothing(file):
    project = {"id": 10, "name": "A\n  evil: 1\u2028b\u202ec"}
    found = blocks.project_block("a", project, JOBS, ENVIRONMENTS, {})

    text = write(file, found)

    assert "#: dbt Cloud project 10 'A evil: 1 b c'\n" in text
    assert list(yaml.safe_load(text)["config"]["dbtcloud-datafold:projects"]) == ["a"]


def test_what_is_not_managed_is_noted_in_the_file(file):
    found = made(
        JOBS[0],
        document(2, ci("PR"), 102),
        document(3, nightly("T", steps("dbt test"))),
        JOBS[2] | {"id": 9},
    )

    text = write(file, found)

    assert (
        "      #: `pulumi up` changes, because the stack file cannot say it:\n"
        "      #:   pull_request_job: deferring_environment_id is not set, becomes 101\n"
        "      #: Left alone:\n"
        "      #:   3 'T': it neither builds models nor makes only a manifest\n"
    ) in text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: [", "Pulumi.prod.yaml, line 1: this is not YAML that can be read; correct it there"),
        ("- a\n", "Pulumi.prod.yaml: it has no keys; a stack file has `config:` and keys below it"),
        *(
            (
                f"config: {value}\n",
                "Pulumi.prod.yaml: 'config' is not a block with a key on each line, so nothing can be put into it; "
                "write it so, or move the file away",
            )
            for value in ("{a:b: 1}", "text")
        ),
    ],
)
def test_a_file_that_cannot_be_changed_stays(file, content, message):
    file.write_text(content)

    with pytest.raises(CommandError) as error:
        write(file, made(*JOBS))

    assert str(error.value) == message
    assert file.read_text() == content
