"""An account that people filled by hand is taken over without making anything anew."""

import json

import pytest
import yaml

from localcloud.testing import TOKEN
from tests.components.cli import command
from tests.components.cli.account import NIGHTLY, ON_MERGE, ON_PULL_REQUEST, Account
from tests.components.cli.init.documents import cron, hours, interval_cron
from tests.infra.engine.deployment import (
    ANALYTICS,
    ANALYTICS_PRODUCTION,
    MARKETING_CI,
    MARKETING_PRODUCTION,
    MARKETING_PROJECT,
)

PROJECT = {"analytics": ANALYTICS}


def rows(ran):
    """What the table says, by resource."""
    table = ran.stdout.split("\n\n")[0]
    return {line.split()[0]: " ".join(line.split()[1:]) for line in table.splitlines()}


def imported(stack):
    """The ids in the import file, by Pulumi name."""
    specs = json.loads((stack.folder / "import.json").read_text())["resources"]
    return {spec["name"]: spec["id"] for spec in specs if "id" in spec}


def pulumi_import(stack):
    options = ("--yes", "--protect=false", "--generate-code=false")
    return stack.pulumi("import", "--file", "import.json", *options)


@pytest.fixture
def by_hand(account):
    """All that the stack declares, made by hand, by Pulumi name."""
    return {
        "analytics-production-job": account.job("Production", **NIGHTLY),
        "analytics-merge-job": account.job("Merge", **ON_MERGE),
        "analytics-pull-request-job": account.job("Pull requests", **ON_PULL_REQUEST),
        "datafold-token": account.token("Datafold"),
    }


def test_what_was_made_by_hand_is_imported_and_the_preview_is_empty(stack, by_hand):
    stack.configure(projects=PROJECT)
    before = stack.jobs()

    adopted = command.run(stack.in_processes(), "adopt")
    ids = imported(stack)
    file = (stack.folder / "import.json").read_text()
    pulumi_import(stack)

    assert all(message.startswith("match ") for message in rows(adopted).values())
    assert ids == {name: str(number) for name, number in by_hand.items()}
    assert "<PLACEHOLDER>" not in file
    assert TOKEN not in file + adopted.text
    assert "pulumi import --file import.json --protect=false" in adopted.stdout
    stack.assert_settled()
    stack.preview("--refresh", "--expect-no-changes")
    stack.up("--refresh")
    assert stack.jobs() == before
    assert [token["id"] for token in stack.tokens()] == [by_hand["datafold-token"]]
    stack.assert_settled()
    again = command.run(stack, "adopt")
    assert "Nothing to adopt" in again.stdout


def test_what_differs_is_reported_before_and_is_all_that_the_preview_shows(stack, account):
    account.job("Production", **NIGHTLY)
    account.job("Merge", **ON_MERGE, description="By hand", execute_steps=["dbt run", "dbt test"])
    account.job("Pull requests", **ON_PULL_REQUEST | {"execution": {"timeout_seconds": 0}})
    account.token("Datafold")
    stack.configure(projects=PROJECT)

    adopted = command.run(stack, "adopt")
    pulumi_import(stack)
    steps = json.loads(stack.preview("--refresh", "--json").stdout)["steps"]

    changes = {
        step["newState"]["inputs"]["name"]: step["diffReasons"]
        for step in steps
        if step["op"] == "update"
    }
    table = rows(adopted)
    assert table["analytics-production-job"].endswith("environment 101")
    assert table["analytics-merge-job"].endswith("changes description, execute_steps")
    assert table["analytics-pull-request-job"].endswith("changes timeout_seconds")
    assert {"description", "executeSteps"} <= set(changes["Merge"])
    assert "execution" in changes["Pull requests"]
    assert "Production" not in changes
    assert not [step for step in steps if "replace" in step["op"] or step["op"] == "create"]


def test_duplicates_and_similar_names_are_shown_and_left_to_a_person(stack, account):
    production = account.job("Production", **NIGHTLY)
    first = account.job("Merge", **ON_MERGE, execute_steps=["dbt run"])
    second = account.job("Merge", **ON_MERGE)
    account.run(second)
    checks = account.job("pull  Requests", **ON_PULL_REQUEST)
    elsewhere = account.job(
        "Pull requests", **ON_PULL_REQUEST | {"environment_id": ANALYTICS_PRODUCTION}
    )
    account.job("Something\x1b[31m\nelse", **NIGHTLY)
    stack.configure(projects=PROJECT)

    asked = command.run(stack, "adopt", code=1)
    without = imported(stack)
    chosen = command.run(
        *(stack, "adopt", "--output", "chosen.json"),
        *("--choose", f"analytics-merge={second}"),
        *("--choose", f"analytics-pull-request-job={checks}"),
    )

    table = rows(asked)
    assert without == {"analytics-production-job": str(production)}
    assert table["analytics-merge-job"].startswith("AMBIGUOUS")
    assert table["analytics-pull-request-job"].startswith("SIMILAR")
    assert f"{first} 'Merge', project 10, environment 101; never ran execute_steps: dbt run" in (
        asked.one_line
    )
    assert f"{second} 'Merge', project 10, environment 101; last run 20" in asked.one_line
    assert f"{checks} 'pull  Requests'" in asked.stdout
    assert f"{elsewhere} 'Pull requests', project 10, environment 101" in asked.one_line
    assert f"--choose analytics-pull-request-job={checks}" in asked.stdout
    # A terminal obeys no name.
    assert "Jobs here that nothing claims: 10" in asked.one_line
    assert "'Something [31m else', project 10, environment 101 Written" in asked.one_line
    assert "Next:" not in asked.stdout
    assert rows(chosen)["analytics-merge-job"].startswith(f"chosen {second} 'Merge'")
    specs = json.loads((stack.folder / "chosen.json").read_text())["resources"]
    ids = {spec["id"] for spec in specs if "id" in spec}
    assert ids == {str(production), str(second), str(checks)}


def test_a_new_one_may_be_wanted_although_a_similar_one_exists(stack, account):
    account.job("production", **NIGHTLY)
    stack.configure(projects=PROJECT)

    decided = command.run(stack, "adopt", "--choose", "analytics-production=new")

    assert rows(decided)["analytics-production-job"].startswith("not there")
    assert decided.stdout.endswith("Next:\n  pulumi up\n")
    assert not (stack.folder / "import.json").exists()


def test_what_would_have_to_be_replaced_is_never_adopted(stack, account):
    ci = account.job("Production", **ON_PULL_REQUEST | {"environment_id": ANALYTICS_PRODUCTION})
    elsewhere = account.job(
        "Merge", **ON_MERGE, project_id=MARKETING_PROJECT, environment_id=MARKETING_PRODUCTION
    )
    token = account.token("Datafold", "readonly")
    stack.configure(projects=PROJECT)

    asked = command.run(stack, "adopt", code=1)
    refused = [
        command.run(stack, "adopt", "--choose", choice, code=2).stderr
        for choice in (f"analytics-production={ci}", f"analytics-merge={elsewhere}")
    ]

    table = rows(asked)
    assert table["analytics-production-job"].endswith(
        "it is a CI job, the declared one is no CI job"
    )
    assert (
        "it has readonly for all projects, not member for all projects" in table["datafold-token"]
    )
    assert f"{token} 'Datafold'" in asked.stdout
    assert "it is a CI job" in refused[0]
    assert "there is no such job in this place" in refused[1]
    assert not (stack.folder / "import.json").exists()


def test_a_choice_that_makes_no_sense_is_an_error(stack, account):
    account.job("Merge", **ON_MERGE)
    stack.configure(projects=PROJECT)

    refused = command.run(
        stack, *("adopt", "--choose", "nope=1", "--choose", "analytics-merge=x"), code=2
    )
    taken = command.run(stack, "adopt", "--choose", "analytics-merge=new", code=2)

    assert "'nope' is not declared, or in the stack already; there is datafold-token" in (
        refused.one_line
    )
    assert "--choose analytics-merge=x: write NAME=NUMBER, or NAME=new" in refused.one_line
    assert "to have a second one, declare it with another name" in taken.one_line


def test_the_rest_is_adopted_into_a_stack_that_has_something_already(bring_up):
    stack = bring_up(projects=PROJECT)
    account = Account(stack.cloud)
    mine = stack.jobs()["10 Merge"]["id"]
    nightly = account.job(
        *("Production",),
        **NIGHTLY | {"project_id": MARKETING_PROJECT, "environment_id": MARKETING_PRODUCTION},
    )
    marketing = {
        "project_id": MARKETING_PROJECT,
        "environments": {
            "production": {"id": MARKETING_PRODUCTION},
            "pull_request": {"id": MARKETING_CI},
        },
        "artifacts_job": {},
    }
    stack.configure(projects={"renamed": ANALYTICS, "marketing": marketing})

    asked = command.run(stack, "adopt", code=1)
    stack.configure(
        projects={"renamed": {**ANALYTICS, "previous_names": ["analytics"]}, "marketing": marketing}
    )
    pulumi_import(stack)
    preview = stack.preview()

    table = rows(asked)
    assert f"{mine} belongs to this stack as analytics-merge-job" in table["renamed-merge-job"]
    assert imported(stack) == {"marketing-production-job": str(nightly)}
    assert "marketing-production-job create" not in preview.one_line
    assert "marketing-artifacts-job create" in preview.one_line


def test_a_job_that_stays_with_its_block_is_not_offered_to_another(bring_up):
    stack = bring_up(projects=PROJECT)
    mine = stack.jobs()["10 Merge"]["id"]
    path = "/v3/accounts/1/projects/10/environments/"
    made = [
        stack.cloud_post(path, {"name": name, "type": "deployment"}).json()["data"]["id"]
        for name in ("Other", "Other CI")
    ]
    environments = {"production": {"id": made[0]}, "pull_request": {"id": made[1]}}
    stack.configure(projects={**PROJECT, "other": {**ANALYTICS, "environments": environments}})

    listed = command.run(stack, "adopt")
    refused = command.run(stack, "adopt", "--choose", f"other-merge-job={mine}", code=2)

    assert str(mine) not in listed.stdout
    assert f"{mine}: it belongs to this stack already, as analytics-merge-job" in refused.one_line


def test_environments_that_the_stack_is_to_make_are_adopted_with_their_jobs(stack, by_hand):
    made = {
        "production": {"create": {"name": "Production"}},
        "pull_request": {"create": {"name": "CI"}},
    }
    stack.configure(projects={"analytics": {**ANALYTICS, "environments": made}})

    adopted = command.run(stack, "adopt")
    ids = imported(stack)
    pulumi_import(stack)

    assert all(message.startswith("match ") for message in rows(adopted).values())
    assert ids["analytics-production-environment"] == "10:101"
    assert ids["analytics-pull-request-environment"] == "10:102"
    assert ids["analytics-pull-request-job"] == str(by_hand["analytics-pull-request-job"])
    stack.assert_settled()
    stack.preview("--refresh", "--expect-no-changes")


def test_what_the_configuration_names_by_number_is_imported_too(stack, account):
    nightly = account.job("Nightly", **NIGHTLY)
    # Its schedule, of which a merge job has no use, stays.
    merge = account.job("Ship", **ON_MERGE, schedule=NIGHTLY["schedule"])
    token = account.token("Reader")
    project = {
        **ANALYTICS,
        "production_job": {"name": "Nightly", "adopt_job_id": nightly},
        "merge_job": {"adopt_job_id": merge},
    }
    named = {"name": "Reader", "adopt_token_id": token}
    stack.configure(projects={"analytics": project}, service_token=named)

    found = json.loads(command.run(stack, "adopt", "--json").stdout)
    pulumi_import(stack)
    steps = json.loads(stack.preview("--json").stdout)["steps"]

    results = {resource["name"]: resource["result"] for resource in found["resources"]}
    assert results["analytics-production-job"] == "by number"
    assert results["analytics-pull-request-job"] == "new"
    differs = {
        resource["name"]: [candidate["differs"] for candidate in resource["candidates"]]
        for resource in found["resources"]
    }
    assert differs["analytics-production-job"] == [{}]
    assert differs["analytics-merge-job"] == [{"name": "Ship; declared: Merge"}]
    assert imported(stack) == {
        "analytics-production-job": str(nightly),
        "analytics-merge-job": str(merge),
        "datafold-token": str(token),
    }
    operations = {step["urn"].rpartition("::")[2]: step["op"] for step in steps}
    # What stays the same is not listed beside changes.
    assert not {"analytics-production-job", "datafold-token"} & operations.keys()
    assert operations["analytics-merge-job"] == "update"
    assert operations["analytics-pull-request-job"] == "create"


def test_a_stack_that_cannot_be_previewed_or_reached_is_one_message(stack, by_hand):
    stack.configure(projects={"analytics": {**ANALYTICS, "project_id": "ten"}})
    misspelled = command.run(stack, "adopt", code=2)
    stack.configure(projects=PROJECT)
    stack.extra_env["DBT_CLOUD_TOKEN"] = "wrong"
    unknown = command.run(stack, "adopt", code=2)
    stack.extra_env["PATH"] = "/nowhere"
    without_pulumi = command.run(stack, "adopt", code=2)

    assert "projects.analytics.project_id" in misspelled.stderr
    assert "write a whole number without quotes" in misspelled.stderr
    assert "the token is not known at this address" in unknown.one_line
    assert "there is no `pulumi` on PATH" in without_pulumi.stderr
    assert yaml.safe_load((stack.folder / "Pulumi.dev.yaml").read_text())


@pytest.mark.parametrize(
    ("made", "declared"),
    [
        (hours(2), {"interval": 12}),
        (hours(2, days=[1]), {"cron": "0 6 * * *"}),
        (cron("0 6 * * *"), {"interval": 12}),
        (interval_cron("4 */6 * * 1"), {"cron": "0 6 * * *"}),
    ],
)
def test_a_job_with_another_kind_of_schedule_is_imported_without_a_warning(
    stack, account, made, declared
):
    number = account.job("Production", triggers={"schedule": True}, **made)
    project = {**ANALYTICS, "production_job": {"schedule": declared}}
    stack.configure(projects={"analytics": project}, service_token=None)

    command.run(stack, "adopt")
    ran = pulumi_import(stack)
    stack.up("--refresh")

    assert "failed to validate" not in ran.text
    assert stack.jobs()["10 Production"]["id"] == number
    stack.assert_settled()


def test_jobs_of_other_names_that_do_the_same_are_shown_and_never_taken(stack, account):
    nightly = account.job("Legacy nightly", **NIGHTLY)
    merge = account.job("merge job", **ON_MERGE)
    checks = account.job("Slim CI", **ON_PULL_REQUEST)
    docs = account.job("Docs", **NIGHTLY, execute_steps=["dbt docs generate"])
    stack.configure(projects=PROJECT, service_token=None)

    asked = command.run(stack, "adopt", code=1)
    found = json.loads(command.run(stack, "adopt", "--json", code=1).stdout)
    chosen = command.run(
        *(stack, "adopt", "--choose", f"analytics-production={nightly}"),
        *("--choose", f"analytics-merge={merge}", "--choose", f"analytics-pull-request={checks}"),
    )

    assert {name: what.split()[0] for name, what in rows(asked).items()} == {
        "analytics-merge-job": "SIMILAR",
        "analytics-production-job": "SIMILAR",
        "analytics-pull-request-job": "SIMILAR",
    }
    assert (
        f"{nightly} 'Legacy nightly', project 10, environment 101; never ran; its schedule starts it (at 02:00 every "
        "day, UTC), and it builds everything: dbt build name: Legacy nightly; declared: Production"
    ) in asked.one_line
    assert not (stack.folder / "import.json").exists() or "Next:" in chosen.stdout
    assert "Next:" not in asked.stdout
    assert found["unclaimed"] == [
        {"id": docs, "name": "Docs", "project_id": 10, "environment_id": 101}
    ]
    assert found["next"] == []
    assert (
        "analytics-merge-job: `pulumi up` changes\n  name: merge job; declared: Merge\n"
        in chosen.stdout
    )
    assert set(imported(stack).values()) == {str(nightly), str(merge), str(checks)}
