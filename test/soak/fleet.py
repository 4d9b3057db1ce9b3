"""The workers of a soak: started, killed, frozen, drained, and started again. What they say is kept
in the soak's folder."""
import signal
import subprocess
import threading
import urllib.parse

import proxy

END_SECONDS = 60


def through(url, port):
    """The same place by way of a proxy on this port."""
    parts = urllib.parse.urlsplit(url)
    login, at, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{login}{at}127.0.0.1:{port}").geturl()


class Slot:
    """Where one worker after the other runs, with a proxy before the broker of its own."""

    def __init__(self, soak, number, more=()):
        self.soak = soak
        self.more = more
        self.number = number
        self.broker = soak.proxy_before(soak.environment["AMQP_URL"], number)
        self.lives = 0
        self.lock = threading.Lock()
        self.start()

    def start(self):
        self.lives += 1
        name = f"w{self.number}-{self.lives}"
        environment = dict(self.soak.environment,
                           AMQP_URL=through(self.soak.environment["AMQP_URL"], self.broker.port),
                           R2_S3_ENDPOINT_URL=self.soak.store_url)
        with open(self.soak.folder / f"{name}.log", "wb") as log:
            self.process = subprocess.Popen(
                [self.soak.program, "work", "--worker", name, "--store", self.soak.store_place,
                 "--work-dir", str(self.soak.folder / "work" / str(self.number)),
                 "--patience", "2s", "--checkpoint-pause", "100ms", *self.more, "--",
                 self.soak.task],
                env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def again(self):
        """A worker that has ended, for whatever reason, is followed by the next one."""
        with self.lock:
            if self.process.poll() is not None:
                self.start()

    def send(self, number):
        with self.lock:
            if self.process.poll() is None:
                self.process.send_signal(number)

    def kill(self):
        self.send(signal.SIGKILL)
        self.process.wait(END_SECONDS)
        self.again()

    def freeze(self, seconds):
        self.send(signal.SIGSTOP)
        self.soak.later(seconds, lambda: self.send(signal.SIGCONT))

    def drain(self):
        self.send(signal.SIGTERM)
        self.soak.later(2, self.again)

    def end(self):
        """Its exit code, None if it did not end in time. Of one that has ended, that of then."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        try:
            return self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None


def proxy_before(url, seed):
    parts = urllib.parse.urlsplit(url)
    return proxy.Proxy(parts.hostname, parts.port, seed)
