"""The SDKs of the git hosts' providers, beside the venv instead of in it.

In the venv Pulumi would take them for packages of every stack of this clone, and look for their plugins.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from toolchain import cache

PACKAGES = ["pulumi-github", "pulumi-gitlab", "parver"]
CONSTRAINTS = Path(__file__).resolve().parents[3] / "constraints.txt"


def folder():
    """The folder they are in, filled once."""
    pins = CONSTRAINTS.read_bytes() + sys.version.encode()
    there = cache.directory() / f"git-providers-{hashlib.sha256(pins).hexdigest()[:16]}"
    with cache.lock(there.with_suffix(".lock"), "git providers' packages", print):
        if not there.is_dir():
            part = there.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            # What they need beside themselves is in the venv.
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
            subprocess.run(
                [*command, "--target", part, "--constraint", CONSTRAINTS, *PACKAGES], check=True
            )
            part.rename(there)
    return there
