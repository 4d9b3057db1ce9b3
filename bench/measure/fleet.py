"""A queue and a prefix of one's own inside running services, and the programs that are measured."""
import contextlib
import os
import pathlib
import subprocess
import time

import pika

HERE = pathlib.Path(__file__).resolve().parent
PATIENCE_SECONDS = 120
RUN_SECONDS_MAX = 600


def variable(name):
    value = os.environ.get(name)
    if not value:
        raise SystemExit(f"{name} is not set. ./dev bench starts the services and sets it.")
    return value


def holdfast():
    return variable("HOLDFAST_TEST_PROGRAM")


def program(name):
    path = pathlib.Path(variable("HOLDFAST_BENCH_PROGRAMS")) / name
    if not path.exists():
        raise SystemExit(f"{path} is not there; build the target bench_programs.")
    return str(path)


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"Waited {PATIENCE_SECONDS} s in vain: {what}.")
        time.sleep(0.005)


class Fleet:
    """Belongs to one folder; its queues are gone when it is closed. What it stores stays, below a
    prefix of its own: the services' data end with them."""

    count = 0

    def __init__(self, folder, broker="HOLDFAST_TEST_AMQP_URL"):
        Fleet.count += 1
        self.name = f"bench-{os.getpid()}-{Fleet.count}"
        self.folder = pathlib.Path(folder) / self.name
        self.folder.mkdir()
        self.processes = []
        self.queue = self.name
        self.prefix = self.name
        self.url = variable(broker)
        self.environment = dict(
            os.environ,
            AMQP_URL=self.url,
            JOB_QUEUE=self.queue,
            R2_S3_ENDPOINT_URL=variable("HOLDFAST_TEST_S3_ENDPOINT"),
            R2_BUCKET_NAME=variable("HOLDFAST_TEST_S3_BUCKET"),
            R2_AWS_ACCESS_KEY_ID=variable("HOLDFAST_TEST_S3_ACCESS_KEY"),
            R2_AWS_SECRET_ACCESS_KEY=variable("HOLDFAST_TEST_S3_SECRET_KEY"),
        )
        self.connection = pika.BlockingConnection(pika.URLParameters(self.url))
        self.channel = self.connection.channel()
        self.empty_queue()

    def close(self):
        self.end_processes()
        self.remove_queues()
        with contextlib.suppress(pika.exceptions.AMQPError):  # It was idle for long, perhaps.
            self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def ask(self, question):
        """question(channel), on a connection that is made anew if the broker has given it up."""
        try:
            return question(self.channel)
        except pika.exceptions.AMQPConnectionError:
            self.connection = pika.BlockingConnection(pika.URLParameters(self.url))
            self.channel = self.connection.channel()
            return question(self.channel)

    def remove_queues(self):
        for end in ("", ".dead", ".retry.30s", ".retry.300s", ".retry.1800s"):
            self.ask(lambda channel, name=self.queue + end: channel.queue_delete(name))

    def empty_queue(self):
        """A queue just made: what was in it before costs the broker nothing any more."""
        self.remove_queues()
        self.run(["setup"])

    def end_processes(self):
        for process in self.processes:
            process.kill()
            process.wait()
        self.processes = []

    def broker_version(self):
        version = self.connection._impl.server_properties["version"]
        text = version.decode() if isinstance(version, bytes) else version
        return ".".join(text.split(".")[:2])

    def consumers(self):
        found = self.ask(lambda channel: channel.queue_declare(self.queue, passive=True))
        return found.method.consumer_count

    def words(self, words):
        if words[0] == "work":
            words = ["work", "--store", f"s3://{self.environment['R2_BUCKET_NAME']}/{self.prefix}",
                     "--work-dir", str(self.folder / "work"), *words[1:]]
        return [holdfast(), *words]

    def run(self, words, **environment):
        """`holdfast WORDS...` to its end: seconds, peak KiB, what it said."""
        report = self.folder / "report"
        done = subprocess.run([program("measured_run"), report, *self.words(words)],
                              env=self.environment | environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=RUN_SECONDS_MAX)
        if done.returncode != 0:
            raise SystemExit(f"holdfast {words[0]} failed: {done.stderr[-2000:]}")
        wall, processor, peak = report.read_text().split()
        return {"seconds": float(wall), "processor": float(processor), "peak_kib": int(peak),
                "said": done.stderr}

    def start(self, words):
        """`holdfast WORDS...`, running; its standard error is in the file LOG."""
        self.log = self.folder / "worker.log"
        with open(self.log, "wb") as log:
            self.processes.append(
                subprocess.Popen(self.words(words), env=self.environment, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=log))
        return self.processes[-1]

    def bare(self, words, calls=None):
        """One of the programs beside, to its end: the lines that it printed."""
        done = subprocess.run([program(words[0]), *words[1:]], env=self.environment, input=calls,
                              capture_output=True, text=True, timeout=RUN_SECONDS_MAX)
        if done.returncode != 0:
            raise SystemExit(f"{words[0]} failed: {done.stderr}")
        return done.stdout.splitlines()

    def start_python(self, script, *words):
        """One of the scripts beside this one, running; what it prints can be read."""
        self.processes.append(
            subprocess.Popen(["/usr/bin/python3", str(HERE / script), *words],
                             env=self.environment, stdout=subprocess.PIPE, text=True))
        return self.processes[-1]

    def write_list(self, count):
        """A list in the guide's form: job_id,steps."""
        path = self.folder / f"jobs-{count}.csv"
        with open(path, "w", encoding="ascii") as jobs:
            jobs.write("job_id,steps\n")
            jobs.writelines(f"job-{number},600\n" for number in range(count))
        return path

    def submit(self, jobs):
        """All of the list, whatever was submitted of it before."""
        ledger = self.folder / "ledger"
        for name in self.folder.glob("ledger*"):
            name.unlink()
        return self.run(["submit", "--ledger", str(ledger), str(jobs)])
