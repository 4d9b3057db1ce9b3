"""A line of a known speed between one worker and the store: a proxy with a bucket for each way."""
import socket
import threading
import time

PIECE_BYTES = 4096


class Bucket:
    """Lets through so many bytes a second, whoever sends them."""

    def __init__(self, bytes_per_second):
        self.rate = bytes_per_second
        self.free_at = time.monotonic()
        self.lock = threading.Lock()

    def take(self, size):
        with self.lock:
            self.free_at = max(self.free_at, time.monotonic()) + size / self.rate
            wait = self.free_at - time.monotonic()
        if wait > 0:
            time.sleep(wait)


class SlowLine:
    """Listens on a port of its own for `http://host:port`; ends with the process."""

    def __init__(self, endpoint, up, down):
        host, port = endpoint.removeprefix("http://").rstrip("/").rsplit(":", 1)
        self.target = (host, int(port))
        self.up, self.down = Bucket(up), Bucket(down)
        self.sent_bytes = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(self.target)
            for one in (client, server):  # What is under way is in the bucket, not in the kernel.
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * PIECE_BYTES)
            for way in ((client, server, self.up), (server, client, self.down)):
                threading.Thread(target=self.carry, args=way, daemon=True).start()

    def carry(self, source, sink, bucket):
        try:
            while piece := source.recv(PIECE_BYTES):
                bucket.take(len(piece))
                sink.sendall(piece)
                if bucket is self.up:
                    self.sent_bytes += len(piece)
        except OSError:
            pass
        for one in (source, sink):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
