"""The directories of one run: its clone, its profile, the files that dbt writes."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import yaml

from localcloud.runs.run_inputs import RunInputs

PROFILE = "user"
"""Name of the profile. As in dbt Cloud, the name in `dbt_project.yml` does not count."""

NOT_KEPT = frozenset({"partial_parse.msgpack", "graph.gpickle"})
"""Files that only dbt itself uses."""

_PASSED_ON = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"}
    | {"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"}
)
"""The variables that dbt gets of the server's environment: a run must not depend on how the server was started."""


class RunDirectory:
    """The directories of a run, below one that goes away with it."""

    def __init__(self, top: Path, run_id: int) -> None:
        """Directories for that run below `top`."""
        self.top = top / str(run_id)
        self.clone = self.top / "target"
        self.target = self.top / "artifacts"
        self.state = self.top / "state"
        self.retried = self.top / "retried"
        self._profiles = self.top / "profiles"
        self._logs = self.top / "logs"

    def set_up(self) -> None:
        """Make the directories anew."""
        self.tear_down()
        for directory in (self.target, self._profiles, self._logs):
            directory.mkdir(parents=True)

    def tear_down(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.top, ignore_errors=True)

    def write_profile(self, inputs: RunInputs) -> None:
        """Write the profile that dbt connects with."""
        output = {
            "type": "duckdb",
            "path": str(inputs.warehouse),
            "schema": inputs.schema,
            "threads": inputs.threads,
        }
        content = {PROFILE: {"target": inputs.target_name, "outputs": {inputs.target_name: output}}}
        text = yaml.safe_dump(content, sort_keys=False)
        (self._profiles / "profiles.yml").write_text(text, encoding="utf-8")

    def environment(self, step: int, variables: Mapping[str, str]) -> dict[str, str]:
        """The environment variables of a command of dbt, `variables` among them."""
        return {
            **{name: value for name, value in os.environ.items() if name in _PASSED_ON},
            **variables,
            "DBT_PROFILES_DIR": str(self._profiles),
            "DBT_PROFILE": PROFILE,
            "DBT_TARGET_PATH": str(self.target),
            "DBT_LOG_PATH": str(self._logs / f"step_{step}"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DBT_USE_COLORS": "false",
            "DBT_USE_COLORS_FILE": "false",
        }

    def debug_log(self, step: int) -> str:
        """What dbt wrote into its own log in that step."""
        file = self._logs / f"step_{step}" / "dbt.log"
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""

    def forget_results(self) -> None:
        """Remove the results of the previous step, so that they are not taken for the next step's."""
        (self.target / "run_results.json").unlink(missing_ok=True)
