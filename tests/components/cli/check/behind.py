"""What people and time do to a stack behind Pulumi's back."""

import json
from dataclasses import dataclass

from tests.components.cli import command
from tests.components.cli.account import Account
from tests.infra.engine.deployment import Deployment


@dataclass
class Checked:
    """A stack that is up, and what people and time do to it behind Pulumi's back."""

    stack: Deployment

    @property
    def account(self):
        return Account(self.stack.cloud)

    def number(self, name):
        return self.stack.jobs()[name]["id"]

    def change(self, kind, number, **values):
        """Change what the local dbt Cloud has stored."""
        with self.stack.cloud.store.writing() as session:
            found = session.get(kind, number)
            session.put(kind, {**found, **values})

    def copy(self, kind, number):
        """Store once more what dbt Cloud has, as a repeated create does; return the number."""
        with self.stack.cloud.store.writing() as session:
            return session.add(kind, {**session.get(kind, number), "id": None})["id"]

    def change_job(self, name, **values):
        """Change a job as a person does in dbt Cloud's pages."""
        path = f"/v2/accounts/1/jobs/{self.number(name)}/"
        assert self.stack.cloud_post(path, values).is_success

    def run(self, name, **values):
        """Run a job and make of the run what the test needs."""
        run_id = self.account.run(self.number(name))
        self.change("run", run_id, **values)
        return run_id

    def fails(self, name, logs="", status=20, **values):
        run_id = self.run(name, **values)
        with self.stack.cloud.store.writing() as session:
            run = session.get("run", run_id)
            steps = run["run_steps"]
            steps[-1] |= {"status": status, "logs": logs}
            session.put("run", {**run, "status": status, "run_steps": steps})
        return run_id

    def check(self, *arguments, code=1):
        """What the command finds, by check and number."""
        printed = command.run(self.stack, "check", "--json", *arguments, code=code).stdout
        found = json.loads(printed)["findings"]
        by_check = {}
        for finding in found:
            assert finding["problem"]
            assert finding["fix"]
            assert finding["url"].startswith(self.stack.cloud.origin)
            by_check.setdefault(finding["check"], []).append(finding)
        return by_check
