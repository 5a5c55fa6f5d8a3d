"""A distinct secret in each place where one can be, and a search of everything that anybody can read afterwards."""

import base64
import os
import threading
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import yaml

from tests.components.cli import command
from tests.components.cli.account import NIGHTLY
from tests.infra.engine.deployment import ANALYTICS, ANALYTICS_PRODUCTION, ANALYTICS_PROJECT

PLANTED = {
    "webhook": "plantedWebhook0123456789",
    "second webhook": "plantedOtherWebhook0123456789",
    "plain webhook": "plantedPlainWebhook0123456789",
    "variable": "plantedVariable0123456789",
    "variable of dbt Cloud": "plantedCloudVariable0123456789",
    "access URL": "plantedPassword0123456789",
    "plain token": "dbtc_plantedPlainToken0123456789",
    "name": "dbtc_plantedName0123456789",
}
"""Where, and what; the service tokens and the webhook's key are made by dbt Cloud."""

TOKEN_OF_ITS_OWN = """
import pulumi
from pulumi_dbtcloud_datafold import ProductionJob

secret = pulumi.Config("planted").require_secret("variable")
ProductionJob(
    "own",
    {
        "project_id": 10,
        "environment_id": 101,
        "name": "Own",
        "environment_variables": {"DBT_ENV_SECRET_OWN": secret},
    },
)
"""


class Watched:
    """What the commands printed, and the processes there were meanwhile, as any user sees them.

    Attributes:
        seen: Texts, by where they were.
        users: The environment of other users' processes, as far as it can be read.
    """

    def __init__(self, stack):
        self.stack = stack
        self.seen = {}
        self._stop = threading.Event()

    def __call__(self, what, run, *arguments, **options):
        ran = run(*arguments, **options)
        self.seen[f"output of {what}"] = ran.text.encode()
        return ran

    @contextmanager
    def processes(self):
        thread = threading.Thread(target=self._look)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _look(self):
        looks = Counter()
        while not self._stop.wait(0.05):
            for process in Path("/proc").glob("[0-9]*"):
                looks[process] += 1
                # Between its start and the second look a process may have become another program.
                if looks[process] > 2:
                    continue
                try:
                    line = (process / "cmdline").read_bytes()
                    self.seen[f"arguments of {line[:80]}"] = line
                    if process.stat().st_uid != os.getuid():
                        self.seen[f"environment of {line[:80]}"] = (
                            process / "environ"
                        ).read_bytes()
                except OSError:
                    continue

    def files(self, moment, *folders):
        for folder in folders:
            for path in folder.rglob("*"):
                if path.is_file() and path.stat().st_size < 50_000_000:
                    self.seen[f"{path} after {moment}"] = path.read_bytes()


def forms(secret):
    """A secret as it is, in an address, and in base64 wherever it begins there."""
    yield secret.encode()
    yield quote(secret, safe="").encode()
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + secret.encode())
        # The first and the last group have other bytes in them.
        yield encoded[4 if before else 0 : -4]


def test_no_planted_secret_is_where_anybody_could_read_it(stack, tmp_path):
    watched, in_processes = Watched(stack), stack.in_processes()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    provider_token = stack.cloud_post(
        "/v3/accounts/1/service-tokens/",
        {"name": "pulumi", "permission_grants": [{"permission_set": "account_admin"}]},
    ).json()["data"]["token_string"]
    stack.extra_env |= {
        "TMPDIR": str(temporary),
        "DBT_CLOUD_TOKEN": None,
        # Backups too.
        "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": None,
    }
    for name, value in {
        "DBT_ENV_SECRET_OWN": "made-up",
        "DBT_ENV_SECRET_CLOUD": PLANTED["variable of dbt Cloud"],
    }.items():
        path = "/v3/accounts/1/projects/10/environment-variables/bulk/"
        stack.cloud_post(path, {"env_var": {"new_name": name, "project": value}})
    by_hand = {
        "account_id": 1,
        "project_id": ANALYTICS_PROJECT,
        "environment_id": ANALYTICS_PRODUCTION,
        "name": "By hand",
        "execute_steps": ["dbt build"],
        **NIGHTLY,
    }
    imported = stack.cloud_post("/v2/accounts/1/jobs/", by_hand).json()["data"]["id"]
    with (stack.folder / "infra/__main__.py").open("a") as program:
        program.write(TOKEN_OF_ITS_OWN)
    pipeline = {**ANALYTICS, "merge_job": {"trigger": "pipeline"}}
    stack.configure(projects={"analytics": pipeline})

    def keep(key, value):
        # As a person pastes it: on no command line.
        (stack.folder / "pasted").write_text(value)
        stack.run("sh", "-c", f"pulumi config set --secret {key} < pasted")
        (stack.folder / "pasted").unlink()

    keep("dbtcloud:token", provider_token)
    keep("planted:variable", PLANTED["variable"])
    address = "https://user:{0}@example.com/hook?a=1&token={0}"
    keep("dbtcloud-datafold:secret_webhook_url", address.format(PLANTED["webhook"]))
    stack.pulumi("config", "set", "dbtcloud:disableRetry", "true")

    with watched.processes():
        watched("preview", stack.preview, "--diff")
        # From level 3 on, and with --debug, Pulumi's own SDK and engine show what they send to each other, secrets too.
        watched("up", in_processes.up, "--logtostderr", "--logflow", "-v=2")
        shown = stack.outputs("--show-secrets")
        [hook] = stack.cloud.control.resources()["webhook"]
        assert hook["client_url"] == address.format(PLANTED["webhook"])
        with stack.cloud.store.reading() as session:
            signing_key = session.secrets_of("webhook", hook["id"])["hmac_secret"]
        stack.assert_settled()

        keep("dbtcloud-datafold:secret_webhook_url", address.format(PLANTED["second webhook"]))
        previewed = watched("preview of a change", stack.preview, "--json")
        (tmp_path / "preview.json").write_text(previewed.stdout)
        stack.cloud.control.plan({"method": "PUT", "path": "*/webhooks/*", "status": 500})
        watched("failed up", stack.up, fails=True)
        watched.files("a failed up", stack.folder, temporary)
        for line in ("check", "adopt", "sheet", "show", "show --json", "pipeline --output made"):
            code = int(line == "check")
            watched(line, command.run, stack, *line.split(), code=code)
        watched("workflows", command.run, stack, "workflows", "github", "--output", "made")
        review = ("review", str(tmp_path / "preview.json"))
        reviewed = watched("review", command.run, stack, *review)
        assert "| client url | a value | a value |" in reviewed.text
        watched("config", stack.pulumi, "config")
        watched("export", stack.pulumi, "stack", "export")
        watched("stack output", stack.pulumi, "stack", "output", "--json")
        watched("history", stack.pulumi, "stack", "history", "--json")
        kind = "dbtcloud:index/job:Job"
        watched("import", in_processes.pulumi, "import", kind, "by-hand", str(imported), "--yes")
        watched.files("import", stack.folder, temporary)
        # What is refused is in the file where it was written; no output quotes it.
        secret_in_url = stack.cloud.url.replace("://", f"://user:{PLANTED['access URL']}@")
        stack.extra_env["DBT_CLOUD_HOST_URL"] = secret_in_url
        refused = watched("preview with a password", stack.preview, fails=True)
        assert "problem" in refused.text
        watched("check with a password", command.run, stack, "check", code=2)
        del stack.extra_env["DBT_CLOUD_HOST_URL"]
        good = (stack.folder / "Pulumi.dev.yaml").read_text()
        stack.configure(
            projects={
                "analytics": {**pipeline, "production_job": {"name": PLANTED["name"], "x": 1}}
            },
            notifications={"webhook_url": address.format(PLANTED["plain webhook"])},
        )
        stack_file = yaml.safe_load((stack.folder / "Pulumi.dev.yaml").read_text())
        stack_file["config"]["dbtcloud:token"] = PLANTED["plain token"]
        (stack.folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump(stack_file))
        refused = watched("preview of plain secrets", stack.preview, fails=True)
        assert "the token is in plain text" in refused.text
        (stack.folder / "Pulumi.dev.yaml").write_text(good)
        stack.pulumi("state", "unprotect", "--all", "--yes")
        watched("destroy", stack.pulumi, "destroy", "--yes")
        watched.files("destroy", stack.folder, temporary)

    made = {
        "provider token": provider_token,
        "Datafold token": shown["service_token_string"],
        "pipeline token": shown["pipeline_tokens"]["analytics"],
        "key of the webhook": signing_key,
    }
    secrets = {**PLANTED, **made}
    assert all(len(secret) > 10 for secret in secrets.values())
    found = [
        (name, where)
        for name, secret in secrets.items()
        for where, text in watched.seen.items()
        if any(form in text for form in forms(secret))
    ]
    assert found == []
