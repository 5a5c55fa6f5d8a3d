"""What breaks a rule is refused by its field, and nothing is made."""

import pytest

from tests.localcloud.contract.client import ACCOUNT, JOB, OTHER_PRODUCTION, PROJECT
from tests.localcloud.contract.test_environments import BODY as ENVIRONMENT
from tests.localcloud.contract.test_jobs import COMPLETION, completion_of
from tests.localcloud.contract.test_notifications import BODY as NOTIFICATION
from tests.localcloud.contract.test_projects import PROJECT_BODY
from tests.localcloud.contract.test_repositories import GITLAB
from tests.localcloud.contract.test_webhooks import BODY as WEBHOOK

V3 = f"/v3/accounts/{ACCOUNT}"
IN_PROJECT = f"{V3}/projects/{PROJECT}"
NOBODYS = dict.fromkeys(("connection_id", "credentials_id", "extended_attributes_id"), 999)
RULES = {
    f"/v2/accounts/{ACCOUNT}/jobs/": (
        JOB,
        [
            *({"name": ""}, {"environment_id": 999}, {"environment_id": OTHER_PRODUCTION}),
            *({"project_id": 999}, {"execute_steps": "dbt build"}, {"settings": {"threads": 0}}),
            *({"execution": {"timeout_seconds": -1}}, {"job_type": "cron"}),
            {"deferring_environment_id": OTHER_PRODUCTION},
            {"deferring_job_definition_id": 999},
            {"cost_optimization_features": ["cheap"]},
            *({COMPLETION: completion_of(999, status)} for status in (10, 11)),
        ],
    ),
    f"{IN_PROJECT}/environments/": (
        ENVIRONMENT,
        [
            *({"deployment_type": ""}, {"deployment_type": "production"}, {"type": "development"}),
            {"deployment_type": "staging", "type": "development"},
            *({"credentials": {"id": 1}}, {"connection_id": 5}, {"credentials_id": 5}),
            *({"extended_attributes_id": 5}, {"primary_profile_id": 5}),
        ],
    ),
    f"{V3}/projects/": (
        PROJECT_BODY,
        [
            *({"name": ""}, {"type": 7}, {"repository_id": 1}, {"connection_id": 1}),
            {"docs_job_id": 1},
        ],
    ),
    f"{V3}/webhooks/subscriptions": (
        WEBHOOK,
        [
            *({"name": ""}, {"client_url": "ftp://x"}, {"event_types": []}, {"job_ids": [999]}),
            {"event_types": ["job.run.paused"]},
        ],
    ),
    f"/v2/accounts/{ACCOUNT}/notifications/": (
        NOTIFICATION,
        [{"user_id": 99}, {"type": 9}, {"on_failure": [999]}, {"on_failure": None}],
    ),
    f"{IN_PROJECT}/profiles/": (
        {"key": "main"},
        [
            *({"key": key} for key in ("1st", "a b", "", "-x")),
            *({field: number} for field, number in NOBODYS.items()),
        ],
    ),
    f"{IN_PROJECT}/repositories/": (
        GITLAB,
        [{"remote_url": ""}, {"remote_url": None}, {"git_clone_strategy": "ftp"}],
    ),
    f"{IN_PROJECT}/credentials/": ({}, [{"type": "oracle"}, {"type": None}]),
    f"{V3}/connections/": ({"name": "db"}, [{"adapter_version": "oracle_v0", "config": {}}]),
}
"""By path a right body, and changes of which each is refused by its first field."""

OTHER_FIELD = {
    f"/v2/accounts/{ACCOUNT}/notifications/": [
        (NOTIFICATION, {"type": 4}, "external_email"),
        (NOTIFICATION, {"type": 2}, "slack_channel_id"),
    ],
    f"{IN_PROJECT}/repositories/": [({}, {}, "remote_url")],
    f"{IN_PROJECT}/credentials/": [({}, {"type": "adapter"}, "credential_details")],
    f"{V3}/connections/": [
        ({"name": "db", "adapter_version": adapter}, {"config": config}, "config")
        for adapter, config in (
            ("snowflake_v0", {"account": "a"}),
            ("bigquery_v0", {"project_id": "p", "deployment_env_auth_type": "external-oauth-wif"}),
        )
    ],
}
"""Changes that are refused by another field."""

CASES = [
    *(
        (path, body, change, next(iter(change)))
        for path, (body, of) in RULES.items()
        for change in of
    ),
    *((path, *case) for path, cases in OTHER_FIELD.items() for case in cases),
]


@pytest.mark.parametrize(("path", "body", "change", "field"), CASES)
def test_what_breaks_a_rule_is_refused_by_its_field_and_not_made(owner, path, body, change, field):
    before = owner.get(path)

    problems = owner.post(path, {**body, **change}, status=400)

    assert set(problems) == {field}
    assert owner.get(path) == before
