"""Errors of the host that the user sees."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import grpc
from pulumi.runtime.proto.language_pb2 import RunPluginRequest, RunRequest


class RefusedError(Exception):
    """The host cannot do what it was asked. The text is for the user: what is wrong, and what to change."""


@contextmanager
def refusing(context: grpc.ServicerContext) -> Iterator[None]:
    """End an RPC that is refused so that the user sees why."""
    try:
        yield
    except RefusedError as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))


def refuse_debugger(request: RunRequest | RunPluginRequest, what: str) -> None:
    """Refuse to run something under a debugger, if that is what is asked for."""
    if request.attach_debugger:
        message = f"""\
this language host cannot start {what} under a debugger
  fix:     leave out --attach-debugger"""
        raise RefusedError(message)


def not_supported(context: grpc.ServicerContext, what: str) -> NoReturn:
    """End an RPC that only the official host answers."""
    message = f"""\
{what} is not done by this language host
  fix:     install Pulumi (https://www.pulumi.com/docs/install/), which brings one that does"""
    context.abort(grpc.StatusCode.UNIMPLEMENTED, message)
    raise AssertionError(message)
