"""Proxies that break the wire when told to: one before the store, one before the broker for each
worker. Threads, one for each direction of a connection."""
import random
import socket
import struct
import threading

READ_BYTES = 65536
METHODS = (b"GET ", b"PUT ", b"HEAD ", b"POST ", b"DELETE ")
RESET = struct.pack("ii", 1, 0)


def answer(status):
    return (f"HTTP/1.1 {status} Storm\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").encode()


class Link:
    """One connection of a client, and the one to the server that belongs to it."""

    def __init__(self, proxy, client):
        self.proxy = proxy
        self.client = client
        self.server = socket.create_connection(proxy.server)
        self.lose_answer = False
        for end in (self.client, self.server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for carry in (self.carry_requests, self.carry_answers):
            threading.Thread(target=self.run, args=(carry,), daemon=True).start()

    def run(self, carry):
        try:
            carry()
        except OSError:
            pass  # One side is gone, and with it the connection.
        self.proxy.forget(self)
        self.close()

    def close(self):
        for end in (self.client, self.server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It was gone already.

    def reset(self):
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.close()

    def carry_requests(self):
        while data := self.client.recv(READ_BYTES):
            fault, value = self.proxy.fault if data.startswith(METHODS) else (None, None)
            if fault == "answer":
                self.client.sendall(answer(value))
                return
            if fault == "away":
                return
            if fault == "slow":
                self.proxy.healed.wait(value * self.proxy.random.random())
            if fault == "lose":
                self.lose_answer = self.proxy.random.random() < value
            self.server.sendall(data)

    def carry_answers(self):
        while data := self.server.recv(READ_BYTES):
            if self.lose_answer:
                return
            self.client.sendall(data)


class Proxy:
    """Listens on a free port of 127.0.0.1 until the program ends."""

    def __init__(self, host, port, seed):
        self.server = (host, port)
        self.random = random.Random(seed)
        self.fault = (None, None)
        self.healed = threading.Event()
        self.links = set()
        self.lock = threading.Lock()
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:  # Ends with the program.
            client, _ = self.socket.accept()
            try:
                link = Link(self, client)
            except OSError:
                client.close()  # The server is away.
                continue
            with self.lock:
                self.links.add(link)

    def forget(self, link):
        with self.lock:
            self.links.discard(link)

    def begin(self, fault, value):
        self.healed.clear()
        self.fault = (fault, value)

    def heal(self):
        self.fault = (None, None)
        self.healed.set()

    def cut(self):
        """Present connections are reset."""
        with self.lock:
            links = list(self.links)
        for link in links:
            link.reset()
