"""The dbt Cloud that the recordings were made against, as far as they show it.

A recording has the requests that the official provider sent, not the answers it got, so this server
keeps the few objects that are needed to give them again. It holds what arrives against what was
recorded, line by line.
"""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FIRST_ID = 1000


class RecordedService:
    """An HTTP server on loopback that expects requests in a fixed order.

    Attributes:
        address: Host and port.
        jobs: The jobs by number; a test may change them behind the provider's back.
        mismatches: What arrived otherwise than expected.
    """

    def __init__(self):
        self.jobs = {}
        self.mismatches = []
        self.headers_seen = []
        self._objects = {}
        self._expected = []
        self._next_id = FIRST_ID
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.address = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def expect(self, lines):
        """Expect the recorded requests, in order, and nothing else."""
        self._expected = list(lines)

    def unmet(self):
        """The recorded requests that did not arrive."""
        return [f"{line['method']} {line['path']}" for line in self._expected]

    def answer(self, method, path, body):
        """The status and the document for a request."""
        with self._lock:
            if path == "/api/v2/accounts/":
                # The recordings leave out the look at the account when the provider starts.
                return 200, _envelope(200, [{"id": 12}])
            if not self._expected:
                self.mismatches.append(f"not recorded: {method} {path}")
                return 501, _envelope(501, None)
            line = self._expected.pop(0)
            recorded = (line["method"], line["path"], line["body"])
            if recorded != (method, path, body):
                self.mismatches.append({"recorded": recorded, "sent": (method, path, body)})
            if line["status"] >= 400:
                return line["status"], _envelope(line["status"], None)
            return 200, _envelope(200, self._perform(method, path.split("?")[0], body))

    def _perform(self, method, path, body):
        if path.endswith("/permissions/"):
            if method == "POST":
                self._objects[path] = [{**item, "id": self._new_id()} for item in body]
            return self._objects[path]
        number = re.search(r"/(\d+)/$", path)
        objects = self.jobs if "/jobs/" in path else self._objects
        if method == "POST" and not number:
            made = {**body, "id": self._new_id()}
            if "/jobs/" in path:
                made = _job({"force_node_selection": None, **made}, created=True)
            if "/service-tokens/" in path:
                made |= {"uid": f"uid{made['id']}", "token_string": "dbts_redacted"}
            objects[made["id"]] = made
            return made
        key = int(number[1])
        if method == "POST":
            objects[key] = {**objects[key], **body}
            if "/jobs/" in path:
                objects[key] = _job(objects[key], created=False)
        if method == "DELETE":
            return objects.pop(key)
        if method == "GET" and "/service-tokens/" in path:
            return {name: item for name, item in objects[key].items() if name != "token_string"}
        return objects[key]

    def _new_id(self):
        self._next_id += 1
        return self._next_id - 1


def _job(job, *, created):
    """A job as dbt Cloud keeps it: type and cron follow from the rest."""
    triggers, schedule = job["triggers"], job["schedule"]
    if triggers["on_merge"]:
        job_type = "merge"
    elif triggers["github_webhook"] or triggers["git_provider_webhook"]:
        job_type = "ci"
    else:
        job_type = "scheduled" if triggers["schedule"] else "other"
    if created and job_type in ("scheduled", "other"):
        job["force_node_selection"] = True
    job["cost_optimization_features"] = job["cost_optimization_features"] or []
    return {**job, "job_type": job_type, "schedule": {**schedule, "cron": _cron(schedule)}}


def _cron(schedule):
    date, time = schedule["date"], schedule["time"]
    if "cron" in date:
        return date["cron"]
    if time["type"] == "at_exact_hours":
        hours = ",".join(str(hour) for hour in time["hours"])
    else:
        hours = "*" if time["interval"] == 1 else f"*/{time['interval']}"
    days = ",".join(str(day) for day in date.get("days", [])) or "*"
    return f"0 {hours} * * {days}"


def _envelope(code, data):
    return {
        "status": {
            "code": code,
            "is_success": code < 400,
            "user_message": "Success!",
            "developer_message": "",
        },
        "data": data,
        "extra": {"filters": {}, "order_by": "id", "pagination": {"count": 1, "total_count": 1}},
    }


def _handler(service):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            service.headers_seen.append(dict(self.headers))
            status, document = service.answer(self.command, self.path, body)
            payload = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - named by http.server

        def log_message(self, *arguments):
            pass

    return Handler
