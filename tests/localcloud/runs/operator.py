"""A client that starts runs, sends git events, and waits for what they lead to."""

import time

from tests.localcloud.contract.client import CI, PRODUCTION, PROJECT, Client, triggers
from tests.localcloud.runs.barrier import SECONDS

DONE = "include_related=run_steps,trigger,debug_logs"
FIRST_COMMAND = 4
"""Index of a job's first command: before it come the clone, the profile and `dbt deps`."""


class Operator(Client):
    """Does what people and git hosts do with a dbt Cloud."""

    def deploy_job(self, *commands, **changes):
        """A job of the production environment that nothing starts by itself."""
        return self.job(**{"execute_steps": [*commands], "triggers": triggers(), **changes})

    def ci_job(self, *commands, **changes):
        """A job of the CI environment that pull requests start."""
        defaults = {
            "name": "CI",
            "environment_id": CI,
            "execute_steps": [*commands],
            "triggers": triggers(github_webhook=True),
        }
        return self.job(**{**defaults, **changes})

    def merge_job(self, *commands, **changes):
        """A job of the production environment that merges start."""
        defaults = {"name": "Merge", "triggers": triggers(on_merge=True)}
        return self.deploy_job(*commands, **{**defaults, **changes})

    def read(self, run):
        """The run as it is now, with its steps and logs."""
        return self.get(f"{self.v2}/runs/{run['id']}/?{DONE}")

    def until(self, look, seconds=SECONDS):
        """The first true value that `look` returns."""
        deadline = time.monotonic() + seconds
        while not (found := look()):
            assert time.monotonic() < deadline, f"nothing after {seconds:.0f} s"
            # The API, like dbt Cloud's, has no events: clients poll.
            time.sleep(0.05)
        return found

    def ended(self, run):
        """The run, once it has ended."""

        def look():
            found = self.read(run)
            return found if found["is_complete"] else None

        return self.until(look)

    def succeeded(self, run):
        """The run, once it has ended in success."""
        ended = self.ended(run)
        assert ended["is_success"], (ended["status_message"], [log(ended)])
        return ended

    def do(self, *commands, **overrides):
        """A run of a new job with those commands, once it has succeeded."""
        return self.succeeded(self.run(self.deploy_job(*commands)["id"], **overrides))

    def artifact(self, run, path, step=None):
        """A JSON artifact of a run."""
        query = "" if step is None else f"?step={step}"
        answer = self.http.get(f"{self.v2}/runs/{run['id']}/artifacts/{path}{query}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def seen(self, run, step=None):
        """What the fake dbt found in that step, or in the last one."""
        return self.artifact(run, "run_results.json", step)

    def runs_of(self, job):
        """The runs of a job, oldest first."""
        return self.get(f"{self.v2}/runs/?job_definition_id={job['id']}&include_related=trigger")

    def some_run_of(self, job):
        """The newest run of a job, once there is one."""
        runs = self.until(lambda: self.runs_of(job))
        return runs[-1]

    def event(self, action, number=7, status=200, **fields):
        """Send an event of a pull request of `example/analytics`."""
        body = {"action": action, "repository": "example/analytics", "number": number, **fields}
        answer = self.cloud.control.http.post("git-events", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def set_branch(self, branch, environment_id=PRODUCTION, name="Production"):
        """Set an environment to a branch of its own."""
        path = f"{self.v3}/projects/{PROJECT}/environments/{environment_id}/"
        self.change(path, use_custom_branch=True, custom_branch=branch)

    def change_project(self, **changes):
        self.change(f"{self.v3}/projects/{PROJECT}/", **changes)

    def change_repository(self, **changes):
        path = f"{self.v3}/projects/{PROJECT}/repositories/"
        self.change(f"{path}{self.get(path)[0]['id']}/", **changes)

    def set_variable(self, name, **values):
        """Set an environment variable, by scope: `project`, or an environment's name."""
        path = f"{self.v3}/projects/{PROJECT}/environment-variables/bulk/"
        self.post(path, {"env_var": {"new_name": name, **values}})


def log(run, index=None):
    """The log of a run's step, or of its last one."""
    step = run["run_steps"][-1 if index is None else index - 1]
    return step["logs"]


def names(run):
    return [step["name"] for step in run["run_steps"]]
