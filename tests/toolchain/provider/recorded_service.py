"""The dbt Cloud that the recordings were made against, as far as they show it.

A recording has the requests that the official provider sent, not the answers it got, so the service
keeps the few objects that are needed to give them again. It holds what arrives against what was
recorded, line by line.
"""

from tests.toolchain.provider.service import ACCOUNTS, Service, envelope


class RecordedService(Service):
    """A service that expects requests in a fixed order.

    Attributes:
        mismatches: What arrived otherwise than expected.
    """

    def __init__(self):
        self.mismatches = []
        self._expected = []
        super().__init__()

    def expect(self, lines):
        """Expect the recorded requests, in order, and nothing else."""
        self._expected = list(lines)

    def unmet(self):
        """The recorded requests that did not arrive."""
        return [f"{line['method']} {line['path']}" for line in self._expected]

    def answer(self, method, path, body):
        """The answer of the recorded status, if the request is the recorded one."""
        if path == ACCOUNTS:
            # The recordings leave out the look at the account when the provider starts.
            return super().answer(method, path, body)
        if not self._expected:
            self.mismatches.append(f"not recorded: {method} {path}")
            return 501, envelope(501, None)
        line = self._expected.pop(0)
        recorded = (line["method"], line["path"], line["body"])
        if recorded != (method, path, body):
            self.mismatches.append({"recorded": recorded, "sent": (method, path, body)})
        if line["status"] >= 400:
            return line["status"], envelope(line["status"], None)
        return 200, envelope(200, self.perform(method, path.split("?")[0], body))
