"""What both kinds of tests need."""

from tests.infra.unit.conftest import event_loop

__all__ = ["event_loop"]
