"""How the host says no."""

from typing import NoReturn

import grpc


class RefusedError(Exception):
    """The host cannot do what it was asked. The text is for the user and says what to change."""


def abort(context: grpc.ServicerContext, error: RefusedError) -> NoReturn:
    """End an RPC so that the user sees the text of `error`."""
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
    message = "abort raises"
    raise AssertionError(message)
