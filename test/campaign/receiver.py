"""A receiver of notifications that can be away, and checks who signed them."""
import hashlib
import hmac
import http.server
import json
import threading


class Receiver:
    def __init__(self, key):
        self.key = key.encode()
        self.away = False
        self.got = []
        self.bad_signatures = 0
        self.refused = 0
        self.lock = threading.Lock()
        outer = self

        class Visit(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *words):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(outer.take(body, self.headers.get("Holdfast-Signature", "")))
                self.send_header("Content-Length", "0")
                self.end_headers()

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Visit)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def take(self, body, signature):
        with self.lock:
            if self.away:
                self.refused += 1
                return 503
            right = "sha256=" + hmac.new(self.key, body, hashlib.sha256).hexdigest()
            if not hmac.compare_digest(signature, right):
                self.bad_signatures += 1
            self.got.append(json.loads(body))
            return 204

    def start(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
