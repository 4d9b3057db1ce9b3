#!/usr/bin/env python3
"""A metadata service of SaladCloud with a memory, for tests. Holds every request against the
published description of the service (salad-imds-openapi.json); one that does not fit is answered
400 and remembered.

Usage: fake_imds.py DESCRIPTION     prints "listening PORT"

For the test itself: GET /_seen is what was asked so far, PUT /_answer {"status": 503} makes every
further answer that one, {"status": null} the usual ones, {"status": 0} none at all.
"""
import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FORBIDDEN = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto")


class Description:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.root = json.load(file)

    def resolved(self, node):
        while "$ref" in node:
            found = self.root
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node

    def faults(self, method, target, headers, body):
        operation = self.root["paths"].get(target, {}).get(method.lower())
        if operation is None:
            return [f"there is no {method} {target}"]
        faults = [f"the header {name} is forbidden" for name in FORBIDDEN if headers.get(name)]
        for parameter in map(self.resolved, operation.get("parameters", [])):
            value = headers.get(parameter["name"])
            if parameter["in"] != "header":
                continue
            if value is None and parameter.get("required"):
                faults.append(f"the header {parameter['name']} is missing")
            elif value is not None:
                faults += self.misfits(parameter["schema"], value, parameter["name"])
        if "requestBody" not in operation:
            return faults + (["a body where none belongs"] if body else [])
        wanted = self.resolved(operation["requestBody"])["content"]
        kind = (headers.get("Content-Type") or "").split(";")[0]
        if kind not in wanted:
            return faults + [f"the content type '{kind}' is not taken"]
        try:
            value = json.loads(body)
        except ValueError as error:
            return faults + [f"the body is no JSON: {error}"]
        return faults + self.misfits(wanted[kind]["schema"], value, "body")

    def misfits(self, schema, value, where):
        schema = self.resolved(schema)
        kinds = {"object": dict, "string": str, "integer": int, "boolean": bool}
        kind = kinds[schema["type"]]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            return [f"{where} is no {schema['type']}"]
        faults = []
        if "const" in schema and value != schema["const"]:
            faults.append(f"{where} is not {schema['const']}")
        if kind is int and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            faults.append(f"{where} is out of range")
        if kind is str:
            size = len(value)
            if not schema.get("minLength", 0) <= size <= schema.get("maxLength", size):
                faults.append(f"{where} is too short or too long")
            if "pattern" in schema and not re.search(schema["pattern"], value):
                faults.append(f"{where} does not look as it should")
        if kind is dict:
            properties = schema.get("properties", {})
            faults += [f"{where} lacks {name}" for name in schema.get("required", []) if name not in value]
            # Not forbidden by the description, and yet a word that nobody reads.
            faults += [f"{where} has an unknown {name}" for name in value if name not in properties]
            for name in set(value) & set(properties):
                faults += self.misfits(properties[name], value[name], name)
        return faults


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    description = None
    forced = None
    seen = []
    deletion_cost = 0

    def log_message(self, *_):
        pass

    def answer(self, status, body=None):
        text = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(text)))
            self.send_header("Content-Type", "application/json" if status == 200 else "application/problem+json")
        self.end_headers()
        self.wfile.write(text)

    def handle_request(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path == "/_seen":
            return self.answer(200, Service.seen)
        if self.path == "/_answer":
            Service.forced = json.loads(body)["status"]
            return self.answer(204)
        faults = Service.description.faults(self.command, self.path, self.headers, body)
        if Service.forced == 0:
            self.close_connection = True
            return None
        status = 400 if faults else Service.forced
        Service.seen.append({"method": self.command, "path": self.path, "body": body, "faults": faults,
                             "status": status or 204})
        if status is not None:
            return self.answer(status, {"status": status, "title": "no", "detail": "; ".join(faults) or "so it is"})
        if self.path == "/v1/deletion-cost" and self.command == "PUT":
            Service.deletion_cost = json.loads(body)["deletion_cost"]
        if self.command == "GET":
            return self.answer(200, {"deletion_cost": Service.deletion_cost})
        return self.answer(204)

    do_GET = do_PUT = do_POST = handle_request


def main():
    Service.description = Description(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.daemon_threads = True
    print(f"listening {server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
