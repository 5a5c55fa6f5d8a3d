"""Why a call of the engine could not be answered."""

from collections.abc import Iterator
from contextlib import contextmanager


class ProviderError(Exception):
    """The call failed; the text is what the user reads. It never holds the API token."""


class PlanError(ProviderError):
    """A declaration that cannot be planned, found before anything was sent.

    The official provider's bridge words such an error differently from one of the service.
    """

    def __init__(self, summary: str, detail: str) -> None:
        """Word the error: what cannot be, and why."""
        super().__init__(f"1 error occurred:\n\t* : {summary} - {detail}\n\n")


class NotFoundError(ProviderError):
    """The service says that the object does not exist, or hides it from this token."""


@contextmanager
def doing(*summary: str) -> Iterator[None]:
    """Say in an error of the block what was being done; its class stays."""
    try:
        yield
    except ProviderError as error:
        error.args = (": ".join((*summary, str(error))),)
        raise
