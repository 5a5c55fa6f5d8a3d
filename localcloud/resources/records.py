"""What stored resources have in common: their account, their state, and the times of their changes."""

from collections.abc import Callable
from datetime import datetime

from localcloud.clock import iso
from localcloud.http.operation import Call
from localcloud.state.store import ACTIVE, Doc

Timestamp = Callable[[datetime], str]
"""How a resource writes times: `clock.iso` or `clock.spaced`."""


def new_record(call: Call, fields: Doc, *, timestamp: Timestamp | None = iso) -> Doc:
    """An active resource of the caller's account that is about to be stored.

    Args:
        call: The request.
        fields: What the resource has of its own. Without an `id`, the store gives one.
        timestamp: How its times are written; none: it has no times.
    """
    record = {"id": None, "account_id": call.account_id, **fields, "state": ACTIVE}
    if timestamp is None:
        return record
    now = timestamp(call.services.clock.now())
    return {**record, "created_at": now, "updated_at": now}


def changed(call: Call, record: Doc, changes: Doc, *, timestamp: Timestamp = iso) -> Doc:
    """A resource with changes that are about to be stored."""
    now = timestamp(call.services.clock.now())
    return {**record, **changes, "updated_at": now}
