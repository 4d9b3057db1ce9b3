"""A small SaladCloud: the part of its public API and of its metadata service that Holdfast uses,
with a memory. Machines start late, are taken away without warning, go at random among the lowest
deletion costs, and take their time to stop. Given a command, each machine runs it as a real process.

    fake_salad.py OPTIONS [-- WORKER COMMAND]

Prints its port. `POST /_faults` with a list such as ["429", "html", "503"] gives these answers to
the next requests, "" the right one; "lost" carries the request out and loses the answer. `GET /_state`
tells what happened so far, `POST /_forget` begins anew.

Every request to the API, and every answer that is not such a fault, is held against the cloud's own
description. What does not fit is refused and remembered: "misfits" in the state.
"""
import argparse
import collections
import ctypes
import datetime
import http.server
import json
import math
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import uuid

import api_description

ORGANIZATION, PROJECT = "acme", "night"
GPU_CLASSES = [
    {"id": "a1b2c3d4-0000-4000-8000-000000000001", "name": "RTX 3060 (12 GB)"},
    {"id": "a1b2c3d4-0000-4000-8000-000000000002", "name": "RTX 4090 (24 GB)"},
]
PROBLEM = "application/problem+json"
MERGE_PATCH = "application/merge-patch+json"


LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def die_with_the_cloud():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def now_text():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Refused(Exception):
    def __init__(self, status, title, detail=""):
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail


class Machine:
    def __init__(self, runs_at):
        self.id, self.machine_id = str(uuid.uuid4()), str(uuid.uuid4())
        self.state, self.cost, self.since = "allocating", 0, now_text()
        self.runs_at, self.dies_at, self.gone_at = runs_at, math.inf, math.inf
        self.process = None

    def enter(self, state):
        self.state, self.since = state, now_text()

    def document(self, version):
        return {"id": self.id, "machine_id": self.machine_id, "state": self.state,
                "update_time": self.since, "version": version, "deletion_cost": self.cost,
                "ready": self.state == "running", "started": self.state == "running"}


class Cloud:
    def __init__(self, options):
        self.options, self.random = options, random.Random(options.seed)
        self.lock = threading.RLock()
        self.machines = []
        self.forget()

    def forget(self):
        for machine in list(self.machines):
            self.remove(machine)
        self.group, self.version = None, 1
        self.status, self.prepared_at, self.settled_at = "stopped", 0.0, 0.0
        self.seen = collections.Counter()
        self.misfits = []
        self.most_running = 0
        self.largest_cost_taken = 0

    # --- What happens by itself, 20 times a second. ---

    def tick(self):
        with self.lock:
            now = time.monotonic()
            if self.status == "pending" and now >= self.prepared_at:
                self.status = "deploying"
            for machine in list(self.machines):
                self.advance(machine, now)
            if self.status in ("deploying", "running"):
                self.fit(now)
                running = sum(m.state == "running" for m in self.machines)
                self.status = "running" if running or not self.group["replicas"] else "deploying"
                self.most_running = max(self.most_running, running)

    def advance(self, machine, now):
        if machine.state == "stopping":
            if now >= machine.gone_at or (machine.process and machine.process.poll() is not None):
                self.remove(machine)
        elif machine.state != "running":
            if now >= machine.runs_at:
                self.begin(machine, now)
        elif now >= machine.dies_at:
            self.seen["interruptions"] += 1
            self.remove(machine)
        elif machine.process and machine.process.poll() is not None:
            self.seen["exits"] += 1
            self.remove(machine)

    def begin(self, machine, now):
        machine.enter("running")
        if self.options.mtbf:
            machine.dies_at = now + self.random.expovariate(1 / self.options.mtbf)
        if not self.options.worker:
            return
        environment = {**os.environ, "SALAD_INSTANCE_ID": machine.id,
                       "SALAD_MACHINE_ID": machine.machine_id,
                       "SALAD_METADATA_URI": f"http://127.0.0.1:{self.options.port}/node/{machine.id}"}
        command = [word.replace("{instance}", machine.id) for word in self.options.worker]
        log = open(os.path.join(self.options.logs, machine.id + ".log"), "wb")
        machine.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL,
                                           stdout=log, stderr=log, start_new_session=True,
                                           preexec_fn=die_with_the_cloud)
        log.close()

    def remove(self, machine):
        if machine.process:
            try:
                os.killpg(machine.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            machine.process.wait()
        self.machines.remove(machine)

    def take(self, machine):
        """As the cloud does when it takes a machine: a signal, then the end."""
        self.seen["taken"] += 1
        if machine.cost > 0:
            self.seen["taken busy"] += 1
            self.largest_cost_taken = max(self.largest_cost_taken, machine.cost)
        was_running = machine.state == "running"
        machine.enter("stopping")
        machine.gone_at = time.monotonic() + (self.options.stop_time if was_running else 0)
        if machine.process and machine.process.poll() is None:
            machine.process.send_signal(signal.SIGTERM)

    def fit(self, now):
        alive = [m for m in self.machines if m.state != "stopping"]
        while len(alive) > self.group["replicas"]:
            lowest = min(m.cost for m in alive)
            victim = self.random.choice([m for m in alive if m.cost == lowest])
            alive.remove(victim)
            self.take(victim)
        for _ in range(self.group["replicas"] - len(alive)):
            low, high = self.options.cold_start
            self.machines.append(Machine(now + self.random.uniform(low, high)))

    def end(self):
        with self.lock:
            self.status = "stopped"
            for machine in list(self.machines):
                self.remove(machine)

    # --- What is asked of it. ---

    def document(self):
        count = collections.Counter(m.state for m in self.machines)
        return {**self.group, "version": self.version, "update_time": now_text(),
                "pending_change": time.monotonic() < self.settled_at,
                "current_state": {
                    "status": self.status, "start_time": now_text(), "finish_time": now_text(),
                    "instance_status_counts": {
                        f"{s}_count": count[s]
                        for s in ("allocating", "creating", "running", "stopping")}}}

    def create(self, body):
        if self.group:
            raise Refused(400, "Bad Request", "the name is taken")
        container = body["container"]
        container.setdefault("command", [])
        container["resources"].setdefault("gpu_classes", [])
        self.group = {"id": str(uuid.uuid4()), "name": body["name"],
                      "display_name": body.get("display_name", body["name"]),
                      "organization_name": ORGANIZATION, "project_name": PROJECT,
                      "autostart_policy": body["autostart_policy"], "container": container,
                      "country_codes": body.get("country_codes", []), "create_time": now_text(),
                      "priority": container.pop("priority", "high"), "replicas": 0,
                      "restart_policy": body["restart_policy"],
                      "liveness_probe": body.get("liveness_probe"),
                      "scaling-actions": [], "scheduled-scaling-enabled": False}
        self.resize(body["replicas"])
        self.status = "pending" if body["autostart_policy"] else "stopped"
        self.prepared_at = time.monotonic() + self.options.prepare
        return self.document()

    def resize(self, replicas):
        if replicas > self.options.quota:
            raise Refused(403, "Forbidden", "the quota of replicas does not allow this")
        before = self.group["replicas"]
        if replicas < before:
            self.seen["scale-ins"] += 1
        self.group["replicas"] = replicas

    def patch(self, body):
        if self.status == "pending":
            raise Refused(400, "Bad Request", "the group is locked while its image is prepared")
        if body.get("replicas") is not None:
            self.resize(body["replicas"])
        rest = {k: v for k, v in body.items() if k != "replicas"}
        if not rest:
            return self.document()
        container = dict(rest.pop("container", None) or {})
        if "priority" in container:
            self.group["priority"] = container.pop("priority")
        self.group["container"]["resources"].update(container.pop("resources", {}))
        self.group["container"].update(container)  # The environment is replaced as a whole.
        for name, value in rest.items():
            self.group[name] = [] if name == "country_codes" and value is None else value
        self.version += 1
        self.settled_at = time.monotonic() + 1
        self.seen["restarts"] += 1
        for machine in list(self.machines):
            self.remove(machine)
        return self.document()

    def start(self):
        if self.status in ("stopped", "succeeded"):
            self.seen["starts"] += 1
            self.status = "deploying"

    def stop(self):
        if self.status != "stopped":
            self.seen["stops"] += 1
            self.status = "stopped"
            for machine in list(self.machines):
                if machine.state != "stopping":
                    self.take(machine)

    def machine(self, instance):
        for machine in self.machines:
            if machine.id == instance:
                return machine
        raise Refused(404, "Not Found", "container-not-found")

    def state(self):
        return {"seen": dict(self.seen), "misfits": self.misfits, "status": self.status, "most_running": self.most_running,
                "largest_cost_taken": self.largest_cost_taken,
                "running": sum(m.state == "running" for m in self.machines),
                "machines": len(self.machines),
                "replicas": self.group["replicas"] if self.group else None,
                "container": self.group["container"] if self.group else None}


class Answering(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cloud = None
    description = None
    operation = None  # What is asked for, once it is known to fit the description.
    faults = []
    lost = False
    requests = collections.deque()

    def log_message(self, *_):
        pass

    def send(self, status, body=b"", kind="application/json", headers=()):
        if self.operation:
            faults = self.description.answer_faults(self.operation, status, kind, body)
            self.cloud.misfits += faults
            if faults:
                status, kind, body = 500, "text/plain", "\n".join(faults).encode()
        if self.lost:
            status, body, self.lost = 503, b"", False
        self.send_response(status)
        if body:
            self.send_header("Content-Type", kind)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_json(self, status, value, kind="application/json"):
        self.send(status, json.dumps(value).encode(), kind)

    def problem(self, refused):
        self.send_json(refused.status, {"type": "https://docs.salad.com/problem", "title": refused.title,
                                        "status": refused.status, "detail": refused.detail}, PROBLEM)

    def handle_any(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.operation = None
        try:
            if self.path.startswith("/_"):
                return self.control(json.loads(raw or "null"))
            if self.path.startswith("/node/"):
                with self.cloud.lock:
                    return self.node(json.loads(raw or "null"))
            if self.fault():
                return None
            with self.cloud.lock:
                self.hold_against_description(raw)
                return self.api(json.loads(raw or "null"))
        except Refused as refused:
            return self.problem(refused)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any

    def hold_against_description(self, raw):
        self.operation, faults = self.description.request_faults(
            self.command, self.path, self.headers, raw)
        if faults:
            self.operation = None
            texts = [f"{self.command} {self.path}: {fault}" for _, fault in faults]
            self.cloud.misfits += texts
            raise Refused(faults[0][0], "It does not fit the description", "\n".join(texts))

    def control(self, body):
        if self.path == "/_faults":
            Answering.faults = list(body)
            return self.send(204)
        with self.cloud.lock:
            if self.path == "/_forget":
                Answering.faults = []
                self.requests.clear()
                self.cloud.forget()
                return self.send(204)
            return self.send_json(200, self.cloud.state())

    def fault(self):
        """True if a fault was the answer: one that was ordered, or too many requests a minute."""
        now = time.monotonic()
        self.requests.append(now)
        while self.requests and now - self.requests[0] > 60:
            self.requests.popleft()
        self.cloud.seen["requests"] += 1
        kind = self.faults.pop(0) if self.faults else ""
        if len(self.requests) > 240:
            self.cloud.seen["over the limit"] += 1
            kind = "429"
        if kind == "429":
            self.send(429, b'{"title":"Too Many Requests"}', PROBLEM, [("Retry-After", "1")])
        elif kind == "503":
            self.send(503)
        elif kind == "html":
            self.send(502, b"<html><body><h1>502 Bad Gateway</h1></body></html>", "text/html")
        self.lost = kind == "lost"
        return bool(kind) and not self.lost

    def node(self, body):
        match = re.fullmatch(r"/node/([0-9a-f-]+)(/v1/[a-z-]+)", self.path)
        if not match or self.headers.get("Metadata") != "true":
            raise Refused(403, "Forbidden", "Metadata: true is missing")
        machine = self.cloud.machine(match[1])
        call = (self.command, match[2])
        if call == ("GET", "/v1/status"):
            return self.send_json(200, {"ready": True, "started": True})
        if call == ("GET", "/v1/deletion-cost"):
            return self.send_json(200, {"deletion_cost": machine.cost})
        if call == ("PUT", "/v1/deletion-cost"):
            machine.cost = body["deletion_cost"]
            return self.send(204)
        if call == ("POST", "/v1/reallocate"):
            if not 1 <= len(body["reason"]) <= 1000:
                raise Refused(400, "Bad Request", "a reason is missing")
            self.cloud.seen["reallocations"] += 1
            machine.dies_at = 0
            return self.send(204)
        raise Refused(404, "Not Found", "no such path")

    def api(self, body):
        if not self.headers.get("Salad-Api-Key"):
            raise Refused(401, "Unauthorized", "no key")
        path = self.path.removeprefix(f"/organizations/{ORGANIZATION}")
        if path == "/quotas":
            used = self.cloud.group["replicas"] if self.cloud.group else 0
            return self.send_json(200, {"container_groups_quotas": {
                "container_replicas_quota": self.cloud.options.quota,
                "container_replicas_used": used}})
        if path == "/gpu-classes":
            prices = [{"priority": "high", "price": "0.10"}]
            return self.send_json(200, {"items": [{**c, "prices": prices} for c in GPU_CLASSES]})
        path = path.removeprefix(f"/projects/{PROJECT}/containers")
        if path == "" and self.command == "POST":
            return self.send_json(201, self.cloud.create(body))
        group, _, rest = path.removeprefix("/").partition("/")
        if not self.cloud.group or group != self.cloud.group["name"]:
            raise Refused(404, "Not Found", "there is no such container group")
        return self.of_group(rest, body)

    def of_group(self, rest, body):
        call = (self.command, rest)
        if call == ("GET", ""):
            return self.send_json(200, self.cloud.document())
        if self.command == "PATCH" and self.headers["Content-Type"] != MERGE_PATCH:
            raise Refused(415, "Unsupported Media Type", "a change is a merge patch")
        if call == ("PATCH", ""):
            return self.send_json(200, self.cloud.patch(body), MERGE_PATCH)
        if call == ("GET", "instances"):
            return self.send_json(200, {"instances": [
                m.document(self.cloud.version) for m in self.cloud.machines]})
        if call == ("POST", "start"):
            self.cloud.start()
            return self.send(202)
        if call == ("POST", "stop"):
            self.cloud.stop()
            return self.send(202)
        raise Refused(404, "Not Found", "no such path")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cold-start", type=float, nargs=2, default=(0.0, 0.0))
    parser.add_argument("--mtbf", type=float, default=0.0, help="seconds; 0: no interruptions")
    parser.add_argument("--stop-time", type=float, default=0.5)
    parser.add_argument("--prepare", type=float, default=0.0)
    parser.add_argument("--quota", type=int, default=500)
    parser.add_argument("--logs", default=".")
    parser.add_argument("--description", required=True, help="the API's, OpenAPI as YAML")
    words = sys.argv[1:]
    cut = words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:cut])
    options.worker = words[cut + 1:]
    cloud = Cloud(options)
    Answering.cloud = cloud
    Answering.description = api_description.Description(options.description)
    server = Server(("127.0.0.1", 0), Answering)
    options.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"port {options.port}", flush=True)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    while not ended.wait(0.05):
        cloud.tick()
    cloud.end()


main()
