"""What there is in dbt Cloud, told where something that is written is not there."""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_dbtcloud_datafold.settings.problems import MAX_LISTED


def listed(found: Sequence[Mapping[str, Any]]) -> str:
    """Return the numbers and names of the first few, and how many more there are."""
    told = [f"{each['id']} ({each['name']})" for each in found[:MAX_LISTED]]
    if len(found) > MAX_LISTED:
        told.append(f"and {len(found) - MAX_LISTED} more")
    return ", ".join(told) or "none"
