"""How large the messages between engine, host and plugins may be."""

_MAX_MESSAGE_BYTES = 400 * 1024 * 1024

MESSAGE_SIZE_OPTIONS = (("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),)
"""What the SDK itself allows; gRPC's own default of 4 MiB is too small for big stacks."""
