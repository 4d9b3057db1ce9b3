"""An https server with the habits of real ones. web_server.py PORT_FILE CERTIFICATE KEY FOLDER

/NAME           the file, also from a byte on    /broken/NAME   breaks off in the middle, once
/chunked/NAME   without its length               /to?URL        a redirect"""
import http.server
import os
import ssl
import sys

PORT_FILE, CERTIFICATE, KEY, FOLDER = sys.argv[1:5]
broken = set()


class Visit(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path == "/to":
            return self.answer(302, headers=[("Location", query)])
        kind, name = os.path.split(path)
        try:
            with open(os.path.join(FOLDER, name), "rb") as file:
                body = file.read()
        except OSError:
            return self.answer(404, b"nothing")
        if kind == "/chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, len(body), 100000):
                piece = body[at:at + 100000]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            return self.wfile.write(b"0\r\n\r\n")
        first = 0
        if self.headers.get("Range"):
            first = int(self.headers["Range"][len("bytes="):-1])
        status = 206 if first else 200
        if kind == "/broken" and name not in broken:
            broken.add(name)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:len(body) // 2])
            self.close_connection = True
            return None
        if kind == "/broken" and not first:
            return self.answer(500, b"it should go on from where it broke off")
        return self.answer(status, body[first:])


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Visit)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
server.socket = context.wrap_socket(server.socket, server_side=True)
with open(PORT_FILE + ".new", "w") as file:
    file.write(str(server.server_address[1]))
os.replace(PORT_FILE + ".new", PORT_FILE)
server.serve_forever()
