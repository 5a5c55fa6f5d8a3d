"""The life of each resource against the local dbt Cloud: made, unchanged, edited, imported, deleted.

The resources without recordings are proved here; for the others it shows that the local dbt Cloud and
the fake provider agree.
"""

import pytest

from localcloud import testing
from tests.toolchain.provider.declared import without

JOB = {
    "projectId": 10,
    "environmentId": 101,
    "name": "Nightly",
    "executeSteps": ["dbt build"],
    "triggers": {"schedule": True},
    "scheduleHours": [2, 14],
}

VALUES = {"project": "1", "Production": "2"}
VARIABLE = {"projectId": 10, "name": "DBT_LEVEL", "environmentValues": VALUES}
MEMBER = {"permissionSet": "member", "allProjects": False, "projectId": 10}
EMAIL = {"userId": 1, "notificationType": 4, "externalEmail": "team@example.com"}
HOOK = {"clientUrl": "https://example.com/hook", "eventTypes": ["job.run.errored"]}
CI = {"githubWebhook": True, "gitProviderWebhook": True}
ON_DEMAND = without(JOB, "scheduleHours")
EDIT = {"description": "d", "numThreads": 8}
LIVES = {
    "job": ("job", JOB, {"scheduleHours": [3], **EDIT}),
    "job by interval": ("job", {**ON_DEMAND, "scheduleInterval": 4}, {"scheduleInterval": 6}),
    "job by cron": (
        "job",
        {**ON_DEMAND, "scheduleType": "custom_cron", "scheduleCron": "15 4 * * 1-5"},
        {"scheduleCron": "0 6 * * *"},
    ),
    "job by days": (
        "job",
        {**JOB, "scheduleType": "days_of_week", "scheduleDays": [1, 5]},
        {"scheduleDays": [0, 6]},
    ),
    "CI job": (
        "job",
        {**ON_DEMAND, "environmentId": 102, "deferringEnvironmentId": 101, "triggers": CI},
        {"runLint": True, "triggersOnDraftPr": True},
    ),
    "merge job": ("job", {**ON_DEMAND, "triggers": {"onMerge": True}}, EDIT),
    "job that defers to itself": ("job", {**JOB, "selfDeferring": True}, EDIT),
    "job without triggers": ("job", {**ON_DEMAND, "triggers": {}}, EDIT),
    "token": ("serviceToken", {"name": "t", "serviceTokenPermissions": [MEMBER]}, None),
    "environment": (
        "environment",
        {"projectId": 10, "name": "Staging", "type": "deployment", "deploymentType": "staging"},
        {"name": "Stage", "customBranch": "main", "useCustomBranch": True},
    ),
    "project": ("project", {"name": "New"}, {"name": "Newer", "description": "d"}),
    "variable": (
        "environmentVariable",
        VARIABLE,
        {"environmentValues": {"Production": "3", "CI": "4"}},
    ),
    "notification": ("notification", EMAIL, {"externalEmail": "others@example.com"}),
    "webhook": (
        "webhook",
        {"name": "failures", **HOOK},
        {"clientUrl": "https://example.com/other", "description": "d"},
    ),
}
"""Each with its type, its inputs and what can be edited in place."""


@pytest.fixture
def provider(shared_provider, cloud):
    configured = shared_provider.configure(
        cloud.host, accountId="1", token=testing.TOKEN, hostUrl=cloud.url
    )
    assert configured[1] is None
    return shared_provider


class Life:
    """One resource, called for as the engine does."""

    def __init__(self, provider, kind):
        self.provider = provider
        self.urn = f"urn:pulumi:s::p::dbtcloud:index/{kind}:{kind[0].upper()}{kind[1:]}::r"
        self.id = ""
        self.state = {}
        self.inputs = {}

    def call(self, name, **request):
        answer, errors = self.provider.call(name, {"urn": self.urn, **request})
        assert errors is None
        return answer

    def create(self, inputs):
        checked = self.call("Check", news=inputs)
        assert "failures" not in checked
        answer = self.call("Create", properties=inputs)
        self.id, self.state, self.inputs = answer["id"], plain(answer["properties"]), inputs

    def diff(self, inputs):
        return self.call("Diff", id=self.id, olds=self.state, oldInputs=self.inputs, news=inputs)

    def update(self, inputs):
        answer = self.call(
            "Update", id=self.id, olds=self.state, oldInputs=self.inputs, news=inputs
        )
        self.state, self.inputs = plain(answer["properties"]), inputs

    def read(self):
        return self.call("Read", id=self.id, properties=self.state, inputs=self.inputs)

    def imported(self, number):
        return self.call("Read", id=number)

    def delete(self):
        return self.call("Delete", id=self.id, properties=self.state)


def plain(properties):
    """Properties as the engine sends them to a provider that takes no secrets."""
    secret = properties.get("tokenString")
    return {**properties, "tokenString": secret["value"]} if secret else properties


@pytest.mark.parametrize("name", LIVES)
def test_a_resource_is_made_stays_unchanged_is_found_edited_and_deleted(provider, name):
    kind, inputs, edit = LIVES[name]
    life = Life(provider, kind)

    life.create(inputs)
    assert life.diff(inputs) == {"changes": "DIFF_NONE"}
    refreshed = life.read()
    assert refreshed["id"] == life.id
    assert plain(refreshed["properties"]) == life.state
    # What was declared, without defaults.
    assert refreshed["inputs"] == inputs
    assert life.imported(life.state["id"])["id"] == life.id

    if edit:
        edited = {**inputs, **edit}
        diff = life.diff(edited)
        life.update(edited)
        assert "replaces" not in diff
        assert set(edit) <= set(diff["diffs"])
        assert life.diff(edited) == {"changes": "DIFF_NONE"}
        assert life.read()["properties"] == life.state

    life.delete()
    if kind != "environment":  # See test_calls.py: an environment that is gone is an error.
        assert life.read() == {"properties": {}, "inputs": {}}


@pytest.fixture
def override(provider):
    """A job's own value of a variable, made."""
    Life(provider, "environmentVariable").create(VARIABLE)
    job = Life(provider, "job")
    job.create(JOB)
    number = int(job.state["jobId"])
    made = Life(provider, "environmentVariableJobOverride")
    made.create({"projectId": 10, "jobDefinitionId": number, "name": "DBT_LEVEL", "rawValue": "5"})
    assert made.id.startswith(f"10:{number}:")
    return made


def test_a_job_has_its_own_value_of_a_variable(override):
    inputs = override.inputs

    assert override.diff(inputs) == {"changes": "DIFF_NONE"}
    assert override.diff({**inputs, "jobDefinitionId": 1})["replaces"] == ["jobDefinitionId"]
    override.update({**inputs, "rawValue": "6"})
    imported = override.imported(override.id)
    assert imported["properties"]["rawValue"] == "6"
    assert imported["inputs"] == {**inputs, "rawValue": "6"}
    override.delete()
    assert override.read() == {"properties": {}, "inputs": {}}


def test_the_value_of_a_secret_variable_is_kept_though_the_service_masks_it(provider):
    inputs = {
        "projectId": 10,
        "name": "DBT_ENV_SECRET_KEY",
        "environmentValues": {"project": "hidden"},
    }
    life = Life(provider, "environmentVariable")

    life.create(inputs)

    assert life.read()["properties"]["environmentValues"] == {"project": "hidden"}


def test_the_order_of_the_jobs_of_a_notification_means_nothing(provider):
    numbers = []
    for name in ("one", "two"):
        job = Life(provider, "job")
        job.create({**JOB, "name": name})
        numbers.append(job.state["jobId"])
    life = Life(provider, "notification")
    inputs = {"userId": 1, "onFailures": numbers}

    life.create(inputs)

    assert life.diff({**inputs, "onFailures": numbers[::-1]}) == {"changes": "DIFF_NONE"}
    assert life.diff({**inputs, "onFailures": numbers[:1]})["diffs"] == ["onFailures"]
    assert life.read()["properties"]["onWarnings"] == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"notificationType": 1}, "Notification type 1 is for internal notifications only."),
        ({"notificationType": 2, "externalEmail": None}, "requires a Slack channel ID"),
        ({"notificationType": 4, "externalEmail": None}, "requires an external email."),
        ({"slackChannelId": "C1"}, 'Attribute "external_email" cannot be specified'),
    ],
)
def test_a_notification_whose_address_does_not_fit_is_refused(provider, change, text):
    inputs = {**EMAIL, **change}
    answer = Life(provider, "notification").call("Check", news=inputs)

    assert any(text in item["reason"] for item in answer["failures"])


def test_an_imported_job_can_be_declared_as_it_was_found(provider):
    life = Life(provider, "job")
    life.create(JOB)

    found = life.imported(life.state["id"])

    life.inputs, life.state = found["inputs"], found["properties"]
    # The interval is a default that the service fills in; the provider refuses it beside the hours.
    declared = without(found["inputs"], "scheduleInterval")
    assert "failures" not in life.call("Check", news=declared)
    assert life.diff(declared)["diffs"] == [
        "costOptimizationFeatures",
        "validateExecuteSteps",
    ]


def test_the_deletion_of_what_is_gone_already_stops_as_in_the_official_provider(provider, override):
    notification = Life(provider, "notification")
    notification.create(EMAIL)
    for life in (notification, override):
        life.delete()
        answer, [error] = provider.call(
            "Delete", {"urn": life.urn, "id": life.id, "properties": life.state}
        )

        assert answer is None
        assert "resource-not-found-permissions" in error


def test_the_import_of_an_override_that_does_not_exist_is_an_error(provider):
    life = Life(provider, "environmentVariableJobOverride")

    answer, [error] = provider.call("Read", {"urn": life.urn, "id": "10:999:1"})

    assert answer is None
    assert "Could not get environment variable job override" in error
