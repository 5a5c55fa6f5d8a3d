"""Imported by a warm Python: Pulumi's SDK sends no debug messages, unless the variable `LOUD` is set.

Each is a call to the engine that is waited for, some ten for a resource, and without `--debug` the engine throws them
away: an eighth of the time of a command on the stack.
"""

import os

import pulumi.log

from tests.warm import LOUD

_send = pulumi.log.debug


def _debug(*arguments, **options):
    if LOUD in os.environ:
        _send(*arguments, **options)


pulumi.log.debug = _debug
