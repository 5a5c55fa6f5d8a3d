"""The command `down`."""

import shutil
from pathlib import Path

from devstack import machine
from devstack.machine import BACKEND, CLOUD, DEV, LOCAL, NO_PREVIEW, STACK
from localcloud import process


def down(port: int | None) -> None:
    """Destroy the dev stack, stop the local dbt Cloud, remove what they left."""
    stacks = BACKEND.stacks()
    if DEV in stacks:
        ready = machine.prepare_with_cloud(port)
        machine.release_dead_lock(ready)
        machine.refresh_after_move(ready)
        # Whatever the stack file protects, or an import: `down` removes all of it.
        ready.pulumi("state", "unprotect", "--all", "--yes", "--non-interactive", "--stack", STACK)
        ready.pulumi("destroy", *NO_PREVIEW, "--refresh", "--stack", STACK)
        ready.pulumi("stack", "rm", STACK, "--yes", "--preserve-config", "--non-interactive")
    machine.localcloud("stop")
    kept = [f"the state of {stack}" for stack in sorted(stacks - {DEV})]
    kept += [f"the data of the local dbt Cloud that runs on {data}" for data in _other_clouds()]
    if kept:
        machine.report(
            f"kept {LOCAL}: it holds {', '.join(kept)}. To remove these too: make shell, then in the folder of each "
            "project pulumi destroy and pulumi stack rm, with --stack; localcloud stop --data with the directory of "
            "each local dbt Cloud; then make down again"
        )
        return
    if LOCAL.exists():
        shutil.rmtree(LOCAL)
    machine.report("down: the stack is destroyed, the local dbt Cloud is stopped, nothing is left")


def _other_clouds() -> list[Path]:
    """Return the data directories in the clone on which further local dbt Clouds run."""
    found = {file.parent for file in LOCAL.glob("*/server.json")} - {CLOUD}
    return sorted(directory for directory in found if process.find(directory))
