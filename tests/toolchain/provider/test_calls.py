"""What the recordings do not show of the engine's calls, or show in one case only."""

import threading

import pytest

from tests.toolchain.provider.declared import (
    ENVIRONMENT,
    ENVIRONMENT_URN,
    JOB,
    JOB_URN,
    PROJECT_URN,
    TOKEN,
    TOKEN_URN,
    UNKNOWN,
    without,
)

MEMBER = {"permissionSet": "member"}


def failures(provider, urn, news):
    answer, errors = provider.call("Check", {"urn": urn, "news": news})
    assert errors is None
    return [item["reason"] for item in answer.get("failures", [])]


def create(provider, urn, properties):
    answer, errors = provider.call("Create", {"urn": urn, "properties": properties})
    assert errors is None
    return answer


@pytest.mark.parametrize("urn", [JOB_URN, TOKEN_URN, PROJECT_URN])
def test_an_import_of_what_does_not_exist_is_a_resource_without_properties(provider, urn):
    answer, errors = provider.call("Read", {"id": "99999", "urn": urn})

    assert errors is None
    assert answer == {"properties": {}, "inputs": {}}


@pytest.mark.parametrize("urn", [JOB_URN, TOKEN_URN, PROJECT_URN, ENVIRONMENT_URN])
@pytest.mark.parametrize("number", ["missing ID", "../1", ""])
def test_an_import_by_something_that_is_no_number_is_refused_before_it_is_sent(
    provider, service, urn, number
):
    answer, [error] = provider.call("Read", {"id": number, "urn": urn})

    assert answer is None
    assert "give" in error
    assert service.sent() == []


def test_an_environment_that_is_gone_is_an_error_as_in_the_official_provider(provider):
    _, [error] = provider.call("Read", {"id": "1:2", "urn": ENVIRONMENT_URN})

    assert "Error getting the environment: resource-not-found: " in error


def test_two_resources_are_created_at_the_same_time(provider, service):
    both_arrived = threading.Barrier(2, timeout=10)
    service.before = lambda method, path: both_arrived.wait()
    answers = []

    threads = [
        threading.Thread(
            target=lambda name=name: answers.append(
                create(provider, JOB_URN, {**JOB, "name": name})
            )
        )
        for name in ("one", "two")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer["properties"]["name"] for answer in answers) == ["one", "two"]
    assert {answer["properties"]["jobId"] for answer in answers} == {1000, 1001}


@pytest.mark.parametrize(
    ("urn", "declared", "change"),
    [
        *(
            (JOB_URN, JOB, change)
            for change in (
                *({"triggers": {"schedule": UNKNOWN}}, {"triggers": UNKNOWN}),
                {"executeSteps": ["dbt build", UNKNOWN]},
                {"executeSteps": UNKNOWN, "validateExecuteSteps": True},
                {"executeSteps": ["dbt ls", UNKNOWN], "validateExecuteSteps": True},
                {"execution": {"timeoutSeconds": UNKNOWN}},
                {
                    "jobCompletionTriggerConditions": [
                        {"jobId": UNKNOWN, "projectId": 1, "statuses": [UNKNOWN]}
                    ]
                },
                {"scheduleHours": None, "scheduleInterval": UNKNOWN},
                {"scheduleType": UNKNOWN},
            )
        ),
        *(
            (TOKEN_URN, TOKEN, {"serviceTokenPermissions": permissions})
            for permissions in (
                *(UNKNOWN, [UNKNOWN]),
                [{"allProjects": False, "projectId": UNKNOWN, **MEMBER}],
            )
        ),
    ],
)
def test_an_unknown_value_at_any_depth_passes_check_diff_and_preview_unchanged(
    provider, urn, declared, change
):
    state = create(provider, urn, declared)["properties"]
    state.pop("tokenString", None)
    news = {key: value for key, value in {**declared, **change}.items() if value is not None}
    changed = next(key for key in change if UNKNOWN in str(change[key]))

    assert failures(provider, urn, news) == []
    preview, errors = provider.call("Create", {"urn": urn, "properties": news, "preview": True})
    assert errors is None
    assert UNKNOWN in str(preview["properties"][changed])
    diff, errors = provider.call(
        "Diff", {"id": "1", "urn": urn, "olds": state, "oldInputs": declared, "news": news}
    )
    assert errors is None
    assert changed in diff["diffs"]


def test_every_missing_input_is_reported_with_its_meaning(provider):
    assert failures(provider, JOB_URN, {"name": "x"}) == [
        "Missing required property 'environmentId': Environment ID to create the job in",
        "Missing required property 'executeSteps': List of commands to execute for the job",
        "Missing required property 'projectId': Project ID to create the job in",
        "Missing required property 'triggers': "
        + failures(provider, JOB_URN, without(JOB, "triggers"))[0].split(": ", 1)[1],
    ]


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        (
            {"scheduleInterval": 24, "scheduleHours": None},
            [
                "Invalid Attribute Value. Attribute schedule_interval value must be between 1 and 23, "
                "got: 24. Examine values at 'with::colons.scheduleInterval'."
            ],
        ),
        (
            {"executeSteps": []},
            [
                "Invalid Attribute Value. Attribute execute_steps list must contain at least 1 "
                "elements, got: 0. Examine values at 'with::colons.executeSteps'."
            ],
        ),
        *(
            (change, [f"Expected {kind}. Examine values at 'with::colons.{place}'."])
            for change, kind, place in (
                ({"projectId": "one"}, "an integer", "projectId"),
                ({"triggers": {"schedule": 1}}, "a boolean", "triggers.schedule"),
                ({"executeSteps": ["a", 1]}, "a string", "executeSteps[1]"),
            )
        ),
        (
            {"deferringJobId": 3, "deferringEnvironmentId": 4},
            [
                f'Invalid Attribute Combination. Attribute "{one}" cannot be specified when "{other}" '
                f"is specified. Examine values at 'with::colons.{place}'."
                for one, other, place in (
                    ("deferring_environment_id", "deferring_job_id", "deferringJobId"),
                    ("deferring_job_id", "deferring_environment_id", "deferringEnvironmentId"),
                )
            ],
        ),
    ],
)
def test_what_the_schema_does_not_allow_is_reported_by_the_resources_own_name(
    provider, change, reasons
):
    urn = "urn:pulumi:s::p::a:b:Outer$a:b:Inner$dbtcloud:index/job:Job::with::colons"

    assert failures(provider, urn, {**JOB, **change}) == reasons


def test_a_resource_without_a_name_gets_one_and_keeps_it(provider):
    seed = {"urn": JOB_URN, "randomSeed": "c2VlZA=="}
    nameless = without(JOB, "name")

    first, _ = provider.call("Check", {**seed, "news": nameless})
    again, _ = provider.call(
        "Check", {**seed, "news": nameless, "olds": first["inputs"], "randomSeed": "b3RoZXI="}
    )
    proposed, _ = provider.call(
        "Check", {**seed, "news": nameless, "autonaming": {"proposedName": "asked-for"}}
    )

    assert first["inputs"]["name"].startswith("j-")
    assert len(first["inputs"]["name"]) == len("j-") + 7
    assert again["inputs"]["name"] == first["inputs"]["name"]
    assert proposed["inputs"]["name"] == "asked-for"


def test_a_type_that_the_fake_provider_does_not_have_is_refused_with_the_way_out(provider):
    _, [error] = provider.call(
        "Check", {"urn": "urn:pulumi:s::p::dbtcloud:index/group:Group::g", "news": {}}
    )

    assert "has no resource dbtcloud:index/group:Group" in error
    assert "make official-provider" in error


def test_a_change_that_the_program_wants_ignored_is_no_change(provider):
    olds = create(provider, JOB_URN, JOB)["properties"]
    changed = {"name": "other", "description": "other"}
    request = {"id": "x", "urn": JOB_URN, "olds": olds, "oldInputs": JOB}
    request |= {"news": {**JOB, **changed}, "ignoreChanges": [*changed]}

    assert provider.call("Diff", request)[0] == {"changes": "DIFF_NONE"}


def test_the_order_of_permissions_means_nothing(provider):
    one = {"allProjects": False, "permissionSet": "member", "projectId": 1}
    two = {"allProjects": False, "permissionSet": "member", "projectId": 3}
    declared = {"name": "t", "serviceTokenPermissions": [one, two]}
    state = create(provider, TOKEN_URN, declared)["properties"]
    state["tokenString"] = "x"

    news = {**declared, "serviceTokenPermissions": [two, one]}
    diff, _ = provider.call("Diff", {"id": "1", "urn": TOKEN_URN, "olds": state, "news": news})

    assert diff == {"changes": "DIFF_NONE"}


@pytest.mark.parametrize(
    ("urn", "declared", "change"),
    [
        (ENVIRONMENT_URN, ENVIRONMENT, {"type": "development"}),
        (ENVIRONMENT_URN, ENVIRONMENT, {"projectId": 2}),
        (TOKEN_URN, TOKEN, {"state": 2}),
        (JOB_URN, JOB, {"triggers": {"githubWebhook": True}}),
        (JOB_URN, JOB, {"jobType": "adaptive"}),
    ],
)
def test_what_cannot_be_changed_in_place_is_replaced(provider, urn, declared, change):
    state = create(provider, urn, declared)["properties"]
    state.pop("tokenString", None)

    diff, _ = provider.call(
        "Diff", {"id": "1", "urn": urn, "olds": state, "news": {**declared, **change}}
    )

    assert diff["replaces"] == list(change)


def test_a_job_that_is_gone_is_deleted_without_an_error(provider, service):
    state = create(provider, JOB_URN, JOB)["properties"]
    service.jobs.clear()

    assert provider.call("Delete", {"id": "x", "urn": JOB_URN, "properties": state}) == ({}, None)


def test_an_answer_that_lacks_a_field_is_a_clean_error(provider, service):
    service.pages["/api/v3/accounts/12/service-tokens/"] = {"data": {"name": "no number"}}

    _, [error] = provider.call("Create", {"urn": TOKEN_URN, "properties": TOKEN})

    assert error == (
        "rpc error: code = Unknown desc = the service's answer lacks a field that is needed: 'id'"
    )
