"""What the toolchain raises when a part cannot be had."""


class ToolchainError(Exception):
    """A part of the toolchain is missing and could not be made.

    The text is for the user: what is wrong, then what to do. It holds no secret.
    """
