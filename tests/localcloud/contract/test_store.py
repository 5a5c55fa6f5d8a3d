"""How the state is looked up: by an index, however much there is of everything else."""

import sqlite3

from localcloud.server import DATABASE
from localcloud.state.query import equals
from localcloud.state.store import Store


def test_the_newest_run_of_a_job_is_found_among_those_of_that_job(tmp_path):
    asked = []
    store = Store(tmp_path / DATABASE)
    with store.reading() as session:
        session._connection.set_trace_callback(asked.append)
        session.find("run", [equals("job_id", 1)], order_by="-id", limit=1)
    store.close()

    connection = sqlite3.connect(tmp_path / DATABASE)
    plan = connection.execute(f"EXPLAIN QUERY PLAN {asked[0]}").fetchall()
    connection.close()

    assert "USING INDEX resource_by_job (kind=? AND job_id=?)" in str(plan)
