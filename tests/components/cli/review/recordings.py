"""What `pulumi preview --json` printed for changes of the dev stack, with real engine and local dbt Cloud.

Positions in sources, stack traces, hooks and resources that stay were left out.
"""

import json
from pathlib import Path

FOLDER = Path(__file__).with_name("previews")
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def path(name):
    return FOLDER / f"{name}.json"


def load(name):
    return json.loads(path(name).read_text())
