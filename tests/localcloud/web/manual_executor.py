"""Runs that go as far as a test takes them."""

from localcloud.runs import lifecycle
from localcloud.runs.executor import SimulatedExecutor
from localcloud.runs.lifecycle import Status


class ManualExecutor(SimulatedExecutor):
    """Executes nothing by itself: a test begins and ends runs and their steps."""

    def __init__(self, store, artifacts, clock, data_dir):
        super().__init__(store, artifacts, clock, data_dir)
        self.artifacts = artifacts

    def start(self):
        """Nothing is taken up: each test begins with no runs."""

    def take(self, changes):
        """Runs stay queued, and one that is cancelled has no work to stop."""

    def begin(self, run_id):
        """Begin a run and its first step."""
        self._write(lifecycle.begin, run_id)
        self.begin_step(run_id, 1)

    def begin_step(self, run_id, index):
        self._write(lifecycle.begin_step, run_id, index)

    def log(self, run_id, index, text):
        """Make `text` all that the step has written so far."""
        self._write(lifecycle.log_step, run_id, index, logs=text)

    def end_step(self, run_id, index, text, *, success=True):
        self._write(lifecycle.end_step, run_id, index, success=success, logs=text)

    def end(self, run_id, status=Status.SUCCESS):
        self._write(lifecycle.end, run_id, status=status)

    def finish(self, run_id, text="All went well.\n", status=Status.SUCCESS):
        """Take a run through all of its steps, of which the last ends as the run does."""
        self.begin(run_id)
        with self._store.reading() as session:
            last = len(session.get("run", run_id)["run_steps"])
        for index in range(1, last + 1):
            if index > 1:
                self.begin_step(run_id, index)
            self.end_step(run_id, index, text, success=index < last or status is Status.SUCCESS)
        self.artifacts.write(run_id, "manifest.json", b'{"nodes": {}}')
        self.end(run_id, status)

    def _write(self, change, run_id, *arguments, **facts):
        now = self._clock.now()
        with self._store.writing() as session:
            change(session, run_id, *arguments, now=now, **facts)
