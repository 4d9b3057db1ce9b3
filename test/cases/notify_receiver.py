"""A receiver of notifications, as people write them. notify_receiver.py PORT_FILE FOLDER [PORT]

Writes each that arrives as a line of FOLDER/got: the id, whether the signature is right by the key in FOLDER/key ("signed", "wrong",
"none"), and the body. While FOLDER/away exists it answers 503 to all. On demand it waits for a file FOLDER/slow to go before it answers."""
import hashlib
import hmac
import http.server
import os
import sys
import threading
import time

PORT_FILE, FOLDER = sys.argv[1:3]
PORT = int(sys.argv[3]) if len(sys.argv) > 3 else 0
lock = threading.Lock()


def there(name):
    return os.path.exists(os.path.join(FOLDER, name))


class Visit(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def answer(self, status, headers=()):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def signature(self, body):
        given = self.headers.get("Holdfast-Signature")
        if given is None:
            return "none"
        with open(os.path.join(FOLDER, "key"), "rb") as file:
            right = "sha256=" + hmac.new(file.read(), body, hashlib.sha256).hexdigest()
        return "signed" if hmac.compare_digest(given, right) else "wrong"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        while there("slow"):
            time.sleep(0.05)
        if there("away"):
            return self.answer(503)
        if self.path == "/elsewhere":
            return self.answer(307, [("Location", "/hook")])
        with lock, open(os.path.join(FOLDER, "got"), "ab") as file:
            file.write(b"%s %s %s\n" % (self.headers["Holdfast-Notice"].encode(), self.signature(body).encode(), body))
        if self.path == "/talkative":
            self.send_response(200)
            self.send_header("Content-Length", "3000000")
            self.end_headers()
            return self.wfile.write(b"x" * 3000000)
        return self.answer(204)


http.server.ThreadingHTTPServer.allow_reuse_address = True
server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Visit)
with open(PORT_FILE + ".new", "w") as file:
    file.write(str(server.server_address[1]))
os.replace(PORT_FILE + ".new", PORT_FILE)
server.serve_forever()
