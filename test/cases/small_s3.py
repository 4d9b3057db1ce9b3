"""A store in memory that speaks as much S3 as Holdfast does, and looks only at who asks.

small_s3.py PORT_FILE KEYS_FILE: refuses every access key that is not in KEYS_FILE at that moment.
For what a real store cannot be told to do by a test: to stop taking a key, and to take another."""
import http.server
import os
import re
import sys
import threading
import urllib.parse

PORT_FILE, KEYS_FILE = sys.argv[1:3]
objects, guard = {}, threading.Lock()


def tag(name, text):
    return "<%s>%s</%s>" % (name, text, name)


class Visit(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def say(self, status, body=b"", headers=()):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status, code):
        self.say(status, tag("Error", tag("Code", code) + tag("Message", "said the test")).encode())

    def listing(self, query):
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        after = query.get("continuation-token") or query.get("start-after", "")
        entries, last = [], after
        for key in sorted(objects):
            if not key.startswith(prefix) or key <= after:
                continue
            rest = key[len(prefix):]
            folder = prefix + rest.split(delimiter)[0] + delimiter if delimiter and delimiter in rest else ""
            entry = ("CommonPrefixes", tag("Prefix", urllib.parse.quote(folder))) if folder else (
                "Contents", tag("Key", urllib.parse.quote(key)) + tag("Size", len(objects[key])))
            if entry in entries:
                last = key
                continue
            if len(entries) == int(query.get("max-keys", "1000")):
                return entries, last, True
            entries.append(entry)
            last = key
        return entries, last, False

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(asked.query, keep_blank_values=True))
        key = urllib.parse.unquote(asked.path).lstrip("/").partition("/")[2]
        who = re.search("Credential=([^/]+)/", self.headers.get("Authorization") or "")
        with open(KEYS_FILE) as file:
            allowed = file.read().split()
        if not who or who[1] not in allowed:
            return self.refuse(400, "ExpiredToken")
        with guard:
            if self.command == "PUT" and self.headers.get("x-amz-copy-source"):
                source = urllib.parse.unquote(self.headers["x-amz-copy-source"]).lstrip("/").partition("/")[2]
                if source not in objects:
                    return self.refuse(404, "NoSuchKey")
                objects[key] = objects[source]
                return self.say(200, tag("CopyObjectResult", tag("ETag", "x")).encode())
            if self.command == "PUT":
                if self.headers.get("If-None-Match") and key in objects:
                    return self.refuse(412, "PreconditionFailed")
                objects[key] = body
                return self.say(200, headers=[("ETag", '"x"')])
            if self.command == "DELETE":
                objects.pop(key, None)
                return self.say(204)
            if key:
                if key not in objects:
                    return self.refuse(404, "NoSuchKey")
                return self.say(200, objects[key])
            if "uploads" in query:
                return self.say(200, tag("ListMultipartUploadsResult", tag("IsTruncated", "false")).encode())
            entries, last, more = self.listing(query)
            text = tag("EncodingType", "url") + tag("KeyCount", len(entries)) + tag("IsTruncated", str(more).lower())
            if more:
                text += tag("NextContinuationToken", last)
            self.say(200, tag("ListBucketResult", text + "".join(tag(*entry) for entry in entries)).encode())

    do_GET = do_PUT = do_DELETE = answer


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


server = Server(("127.0.0.1", 0), Visit)
with open(PORT_FILE + ".new", "w") as file:
    file.write(str(server.server_address[1]))
os.rename(PORT_FILE + ".new", PORT_FILE)
server.serve_forever()
