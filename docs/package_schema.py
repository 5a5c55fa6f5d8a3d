"""Write components/schema.json, from which Pulumi's Registry makes its pages.

`.venv/bin/python docs/package_schema.py`
"""

import json
from pathlib import Path

from pulumi_dbtcloud_datafold.component_provider import DatafoldProvider

FILE = Path(__file__).resolve().parent.parent / "components" / "schema.json"


def text() -> str:
    """Return what the file has to hold."""
    return json.dumps(json.loads(DatafoldProvider().schema), indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())
    print(f"wrote {FILE}")
