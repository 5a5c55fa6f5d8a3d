"""A dbt Cloud small enough for the provider's tests: a few objects, kept in memory."""

import contextlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FIRST_ID = 1000

ACCOUNT_ID = 12

ACCOUNTS = "/api/v2/accounts/"


class Service:
    """An HTTP server on loopback that answers as the server of the recordings did.

    Attributes:
        address: Host and port.
        jobs: The jobs by number; a test may change them behind the provider's back.
        requests: What arrived: method, path and body of each.
        headers: The headers of each.
        faults: Statuses to answer the next requests with, instead of doing what they ask.
        pages: Documents to answer certain paths with, query included.
        before: Called with method and path before each answer.
    """

    def __init__(self):
        self.jobs = {}
        self.requests = []
        self.headers = []
        self.faults = []
        self.pages = {}
        self.before = lambda method, path: None
        self._objects = {}
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

    def sent(self):
        """Method and path of every request, without the looks at the account."""
        return [f"{method} {path}" for method, path, _ in self.requests if path != ACCOUNTS]

    def answer(self, method, path, body):
        """The status and the document for a request."""
        if path == ACCOUNTS:
            return 200, envelope(200, [{"id": ACCOUNT_ID}])
        if self.faults:
            status = self.faults.pop(0)
            return status, envelope(status, None)
        if path in self.pages:
            return 200, self.pages[path]
        try:
            return 200, envelope(200, self.perform(method, path.split("?")[0], body))
        except KeyError:
            return 404, envelope(404, None)

    def perform(self, method, path, body):
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


def page(items, *, total):
    """One page of a list that has so many items in all."""
    pagination = {"count": len(items), "total_count": total}
    return {**envelope(200, items), "extra": {"filters": {"limit": 100}, "pagination": pagination}}


def envelope(code, data):
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
            service.headers.append(dict(self.headers))
            service.requests.append((self.command, self.path, body))
            service.before(self.command, self.path)
            with service._lock:
                try:
                    status, document = service.answer(self.command, self.path, body)
                except ConnectionError:  # A test has the connection die here.
                    self.close_connection = True
                    return
            payload = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # Tests end the provider while it waits.
                self.wfile.write(payload)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - named by http.server

        def log_message(self, *arguments):
            pass

    return Handler
