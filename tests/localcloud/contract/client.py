"""A small HTTP client for the contract tests, and the bodies they send."""

import contextlib
from functools import partialmethod

import httpx

from localcloud.testing import NO_TLS, TOKEN

AUTH = {"Authorization": f"Token {TOKEN}"}
ACCOUNT = 1
PROJECT, OTHER_PROJECT = 10, 20
PRODUCTION, CI, DEVELOPMENT = 101, 102, 103
OTHER_PRODUCTION, OTHER_CI = 201, 202

JOB = {
    # The fields that the Terraform provider sends, from its recorded requests.
    **{"id": None, "account_id": ACCOUNT, "project_id": PROJECT, "environment_id": PRODUCTION},
    **{"name": "Production", "description": "", "state": 1, "execute_steps": ["dbt build"]},
    **dict.fromkeys(("cost_optimization_features", "dbt_version", "deferring_environment_id")),
    **dict.fromkeys(("deferring_job_definition_id", "job_completion_trigger_condition")),
    **dict.fromkeys(("generate_docs", "run_compare_changes", "run_generate_sources"), False),
    **{"run_lint": False, "errors_on_lint_failure": True, "triggers_on_draft_pr": False},
    **{"compare_changes_flags": "--select state:modified", "execution": {"timeout_seconds": 0}},
    "schedule": {
        "cron": "",
        "date": {"type": "every_day"},
        "time": {"type": "at_exact_hours", "hours": [2]},
    },
    "settings": {"threads": 1, "target_name": "default"},
    "triggers": {
        **{"github_webhook": False, "schedule": True},
        **{"git_provider_webhook": False, "on_merge": False},
    },
}


def triggers(**on):
    off = {"github_webhook", "schedule", "git_provider_webhook", "on_merge"}
    return {**dict.fromkeys(off, False), **on}


class Client(contextlib.AbstractContextManager):
    """Sends requests with a token; `v2`, `v3` and `private` are the account's base paths."""

    v2 = f"/v2/accounts/{ACCOUNT}"
    v3 = f"/v3/accounts/{ACCOUNT}"
    private = f"/private/accounts/{ACCOUNT}"

    def __init__(self, cloud, token):
        self.cloud = cloud
        self.http = httpx.Client(
            base_url=cloud.url,
            headers={"Authorization": f"Token {token}"},
            timeout=10,
            verify=NO_TLS,
        )

    def __exit__(self, *_):
        self.http.close()

    def request(self, method, path, body=None, status=None):
        """The answer to a request; fails when its HTTP status is not `status`."""
        answer = self.http.request(method, self.cloud.url + path, json=body)
        expected = (200, 201) if status is None else (status,)
        assert answer.status_code in expected, f"{method} {path}: {answer.text}"
        return answer.json()

    def data(self, method, path, body=None, status=None):
        """The data of the answer to a request."""
        return self.request(method, path, body, status)["data"]

    get = partialmethod(data, "GET")
    post = partialmethod(data, "POST")
    put = partialmethod(data, "PUT")
    patch = partialmethod(data, "PATCH")
    delete = partialmethod(data, "DELETE")

    def change(self, path, **changes):
        """What is there, with these fields other than it has them."""
        return self.post(path, {**self.get(path), **changes})

    def job(self, **changes):
        """A new job, with these fields other than `JOB` has them."""
        return self.post(f"{self.v2}/jobs/", {**JOB, **changes})

    def run(self, job_id, **body):
        """A new run of the job."""
        return self.post(f"{self.v2}/jobs/{job_id}/run/", {"cause": "test", **body})

    def token(self, *permissions, name="narrow"):
        """The answer to making a service token in two steps, with its text."""
        made = self.post(
            f"{self.v3}/service-tokens/",
            {"id": None, "account_id": ACCOUNT, "uid": "", "name": name, "state": 1},
        )
        rows = [{"account_id": ACCOUNT, "service_token_id": made["id"], **p} for p in permissions]
        self.post(f"{self.v3}/service-tokens/{made['id']}/permissions/", rows)
        return made

    def narrowed(self, *permissions):
        """A client with a token of those permissions only."""
        return Client(self.cloud, self.token(*permissions)["token_string"])
