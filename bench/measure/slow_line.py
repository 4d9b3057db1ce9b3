"""Holds what a program sends to so many bytes a second, all its connections together."""
import threading
import time

import wire

BURST_SECONDS = 0.25


class Bucket:
    def __init__(self, bytes_per_second):
        self.rate = bytes_per_second
        self.lock = threading.Lock()
        self.free_at = time.monotonic()

    def feed(self, data):
        """Waits until there is room; a wire calls it with all that it passes on."""
        with self.lock:
            now = time.monotonic()
            self.free_at = max(self.free_at, now - BURST_SECONDS) + len(data) / self.rate
            wait = self.free_at - now
        if wait > 0:
            time.sleep(wait)


def before(url, bytes_per_second):
    bucket = Bucket(bytes_per_second)
    return wire.between(url, lambda: (bucket, None))
