"""Stands between a program and a server, passes everything on unchanged, and writes down what was
asked: requests of HTTP, methods of AMQP. Only for counting: it costs time itself."""
import socket
import struct
import threading
import urllib.parse

READ_BYTES = 65536
FRAME_METHOD = 1
FRAME_OVERHEAD = 8  # Type, channel, size, end mark.
METHODS = {(50, 10): "queue.declare", (60, 10): "basic.qos", (60, 20): "basic.consume",
           (60, 30): "basic.cancel", (60, 60): "basic.deliver", (60, 80): "basic.ack",
           (60, 120): "basic.nack", (60, 40): "basic.publish"}


class HttpRequests:
    """Takes the bytes of one direction of a connection, request after request."""

    def __init__(self, note):
        self.note = note
        self.buffer = b""
        self.body_left = 0

    def feed(self, data):
        self.buffer += data
        while self.buffer:
            if self.body_left:
                skipped = min(self.body_left, len(self.buffer))
                self.buffer = self.buffer[skipped:]
                self.body_left -= skipped
                continue
            head, end, rest = self.buffer.partition(b"\r\n\r\n")
            if not end:
                return
            self.buffer = rest
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip()
                       for name, _, value in (line.partition(":") for line in lines)}
            self.body_left = int(headers.get("content-length", 0))
            method, target, _ = first.split(" ")
            self.note(method, target, headers)


class AmqpMethods:
    """Takes the bytes of one direction of a connection, frame after frame."""

    def __init__(self, note, greets):
        self.note = note
        self.buffer = b""
        self.greeting_left = 8 if greets else 0  # "AMQP0091", by the client.

    def feed(self, data):
        skipped = min(self.greeting_left, len(data))
        self.greeting_left -= skipped
        self.buffer += data[skipped:]
        while len(self.buffer) >= FRAME_OVERHEAD:
            kind, _, size = struct.unpack(">BHI", self.buffer[:7])
            if len(self.buffer) < size + FRAME_OVERHEAD:
                return
            if kind == FRAME_METHOD:
                name = METHODS.get(struct.unpack(">HH", self.buffer[7:11]))
                if name:
                    self.note(name)
            self.buffer = self.buffer[size + FRAME_OVERHEAD:]


class Wire:
    """Listens on a free port until closed. `listeners()` makes the two that hear one connection:
    what the program says, what the server says."""

    def __init__(self, host, port, listeners, address):
        self.server = (host, port)
        self.listeners = listeners
        self.address = address
        self.socket = socket.create_server((address, 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:  # Ends when the socket is closed.
            try:
                program, _ = self.socket.accept()
            except OSError:
                return
            server = socket.create_connection(self.server)
            for end in (program, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            said, answered = self.listeners()
            for source, target, listener in ((program, server, said), (server, program, answered)):
                threading.Thread(target=self.pass_on, args=(source, target, listener),
                                 daemon=True).start()

    @staticmethod
    def pass_on(source, target, listener):
        try:
            while data := source.recv(READ_BYTES):
                if listener:
                    listener.feed(data)  # First, so that what was answered has been counted.
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # One side is gone, and with it the connection.

    def close(self):
        self.socket.close()

    def instead_of(self, url):
        """The address of the same thing by way of this wire."""
        parts = urllib.parse.urlsplit(url)
        login, at, _ = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{login}{at}{self.address}:{self.port}").geturl()


def between(url, listeners, address="127.0.0.1"):
    parts = urllib.parse.urlsplit(url)
    return Wire(parts.hostname, parts.port, listeners, address)
