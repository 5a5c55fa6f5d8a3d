"""Start the language host, as the engine does: `... [--tracing URL] [-v=N] ENGINE_ADDRESS`."""

import sys

from toolchain.language_host.serving import serve

if __name__ == "__main__":
    serve(sys.argv[1:])
