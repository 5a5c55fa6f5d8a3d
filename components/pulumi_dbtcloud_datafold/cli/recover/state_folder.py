"""What a kill can leave in a backend that is a folder."""

import json
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pulumi_dbtcloud_datafold.cli.pulumi_stack import PulumiStack


def remove_torn_attributes(stack: PulumiStack) -> list[Path]:
    """Remove the attributes of states that were not written whole, and return their paths.

    Pulumi replaces a state in one step, but writes its attributes (content type, check sum) into the file `.attrs`
    beside it, and then reads no state whose attributes it cannot read. It uses none of them.
    """
    url = urlsplit(stack.backend_url())
    if url.scheme != "file":
        return []
    folder = Path(unquote(url.path)) / ".pulumi" / "stacks"
    torn = [path for path in folder.rglob("*.attrs") if not _is_json(path)]
    for path in torn:
        path.unlink()
    return torn


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return True
