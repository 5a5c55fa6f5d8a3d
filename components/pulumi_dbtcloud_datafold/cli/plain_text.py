"""Texts of an account for a terminal: a name there may hold line breaks and codes that a terminal obeys."""

import unicodedata

_INVISIBLE = ("Cc", "Cf", "Zl", "Zp")


def visible(text: object) -> str:
    """Return a text with a space in place of each character that is not shown."""
    return "".join(
        " " if unicodedata.category(character) in _INVISIBLE else character
        for character in str(text)
    )


def one_line(text: object) -> str:
    """Return a name so that it fits into a comment or a message: on one line, nothing invisible."""
    return " ".join(visible(text).split())
