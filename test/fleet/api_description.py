"""Holds requests and answers against an OpenAPI 3.1 description: path, method, key, query, headers
and body of a request; status, content type and body of an answer. Stricter than the standard asks
in one point: what the description does not know (a query, a property of a request) is a fault too,
since the service would ignore it silently.
"""
import datetime
import json
import re
import urllib.parse
import uuid

import jsonschema
import yaml

FORMATS = jsonschema.FormatChecker(formats=["ipv4"])


def in_range(bits):
    def check(value):
        whole = isinstance(value, int) and not isinstance(value, bool)
        return not whole or -(1 << (bits - 1)) <= value < 1 << (bits - 1)
    return check


FORMATS.checks("int32")(in_range(32))
FORMATS.checks("int64")(in_range(64))


@FORMATS.checks("uuid", raises=ValueError)
def is_uuid(value):
    return not isinstance(value, str) or str(uuid.UUID(value)) == value.lower()


@FORMATS.checks("date-time", raises=ValueError)
def is_time(value):
    if not isinstance(value, str):
        return True
    if not re.match(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d", value):
        return False
    return datetime.datetime.fromisoformat(value.upper().replace("Z", "+00:00")).tzinfo is not None


class Operation:
    """One method of one path, with all references of its first levels followed."""

    def __init__(self, description, path, item, method):
        self.description = description
        node = item[method]
        self.parameters = {}
        for parameter in item.get("parameters", []) + node.get("parameters", []):
            parameter = description.resolved(parameter)
            self.parameters[parameter["in"], parameter["name"]] = parameter
        # The names in curly brackets, and a pattern that finds their values.
        self.names = re.findall(r"{([^}]+)}", path)
        self.pattern = re.compile(
            "/".join("([^/]+)" if part.startswith("{") else re.escape(part)
                     for part in path.split("/")))
        self.body = description.resolved(node["requestBody"]) if "requestBody" in node else None
        self.responses = {status: description.resolved(response)
                          for status, response in node["responses"].items()}
        self.security = node.get("security", description.root.get("security", []))


class Description:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.root = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.resolver = jsonschema.RefResolver.from_schema(self.root)
        self.operations = {}  # By path, then by method.
        methods = {"get", "put", "post", "delete", "patch", "head", "options"}
        for path, item in self.root["paths"].items():
            self.operations[path] = {method.upper(): Operation(self, path, item, method)
                                     for method in item if method in methods}

    def resolved(self, node):
        while "$ref" in node:
            node = self.resolver.resolve(node["$ref"])[1]
        return node

    def misfits(self, schema, value, where):
        validator = jsonschema.Draft202012Validator(schema, resolver=self.resolver,
                                                    format_checker=FORMATS)
        return [f"{where}{''.join(f'[{part!r}]' for part in error.absolute_path)}: {error.message}"
                for error in validator.iter_errors(value)]

    def unknown(self, schema, value, where):
        """The properties that no schema names: words that nobody reads."""
        schema = self.resolved(schema)
        if isinstance(value, list):
            return [fault for i, item in enumerate(value) if "items" in schema
                    for fault in self.unknown(schema["items"], item, f"{where}[{i}]")]
        if not isinstance(value, dict):
            return []
        ways = [self.resolved(way) for kind in ("allOf", "oneOf", "anyOf")
                for way in schema.get(kind, [])]
        named = {}
        for way in [schema, *ways]:
            named.update(way.get("properties", {}))
        if not named or schema.get("additionalProperties"):
            return []
        faults = [f"{where}: there is no property {name!r}" for name in value if name not in named]
        for name in value.keys() & named.keys():
            faults += self.unknown(named[name], value[name], f"{where}[{name!r}]")
        return faults

    def find(self, method, path):
        """The operation and the values in its path; or a status and a fault."""
        for operations in self.operations.values():
            match = next(iter(operations.values())).pattern.fullmatch(path)
            if match:
                break
        else:
            return 404, f"there is no path {path}"
        if method not in operations:
            return 405, f"{path} knows {', '.join(sorted(operations))} and not {method}"
        operation = operations[method]
        return operation, dict(zip(operation.names, map(urllib.parse.unquote, match.groups())))

    # --- Requests ---

    def request_faults(self, method, target, headers, body):
        """The operation, and a list of (status, fault) pairs."""
        parts = urllib.parse.urlsplit(target)
        operation, values = self.find(method, parts.path)
        if isinstance(operation, int):
            return None, [(operation, values)]
        query = urllib.parse.parse_qsl(parts.query, keep_blank_values=True)
        given = {("path", name): value for name, value in values.items()}
        given.update({("query", name): value for name, value in query})
        given.update({("header", name): headers[name] for place, name in operation.parameters
                      if place == "header" and headers.get(name) is not None})
        faults = [(401, fault) for fault in self.key_faults(operation, headers)]
        faults += [(422, fault) for fault in self.parameter_faults(operation, given)]
        return operation, faults + self.body_faults(operation, headers, body)

    def key_faults(self, operation, headers):
        schemes = self.root["components"].get("securitySchemes", {})
        wanted = [schemes[name]["name"] for way in operation.security for name in way]
        if not wanted or any(headers.get(name) for name in wanted):
            return []
        return [f"the header {' or '.join(wanted)} is missing"]

    def parameter_faults(self, operation, given):
        faults = [f"the {place} parameter {name} is missing"
                  for (place, name), parameter in operation.parameters.items()
                  if parameter.get("required") and (place, name) not in given]
        for (place, name), text in given.items():
            parameter = operation.parameters.get((place, name))
            if parameter is None:
                faults.append(f"there is no {place} parameter {name}")
                continue
            schema = self.resolved(parameter["schema"])
            value = text
            if schema.get("type") in ("integer", "number", "boolean"):
                try:
                    value = json.loads(text)
                except ValueError:
                    pass  # The schema refuses the text.
            faults += self.misfits(parameter["schema"], value, f"{place} {name}")
        return faults

    def body_faults(self, operation, headers, body):
        if operation.body is None:
            return [(422, "there is a body where none belongs")] if body else []
        if not body:
            return [(422, "the body is missing")] if operation.body.get("required") else []
        kind = (headers.get("Content-Type") or "").split(";")[0].strip().lower()
        if kind not in operation.body["content"]:
            return [(415, f"the content type {kind!r} is not taken")]
        try:
            value = json.loads(body)
        except ValueError as error:
            return [(422, f"the body is not JSON: {error}")]
        schema = operation.body["content"][kind]["schema"]
        faults = self.misfits(schema, value, "body") + self.unknown(schema, value, "body")
        return [(422, fault) for fault in faults]

    # --- Answers ---

    def answer_faults(self, operation, status, kind, body):
        response = operation.responses.get(str(status), operation.responses.get("default"))
        if response is None:
            return [f"there is no answer {status}"]
        content = response.get("content", {})
        if not content:
            return [f"the answer {status} has a body where none belongs"] if body else []
        if not body:
            return [f"the answer {status} has no body"]
        if kind not in content and kind.endswith("+json"):
            kind = "application/json"  # The description says this of its problems, too.
        if kind not in content:
            return [f"the answer {status} is never {kind!r}"]
        return self.misfits(content[kind]["schema"], json.loads(body), f"answer {status}")
