"""Goodput of a fleet in scaled time, an hour in ten seconds: real workers, killed as machines vanish,
behind lines of 10 GB an hour; the same for the guide's way; and what `holdfast simulate` says."""
import contextlib
import json
import math
import os
import pathlib
import random
import re
import statistics
import subprocess
import time

import boto3

import fleet
import report
import slow_line

HOUR = 10.0  # Seconds.
MACHINES = 5
JOB_HOURS = 5
STEP_SECONDS = 0.05
STEPS = round(JOB_HOURS * HOUR / STEP_SECONDS)
# A checkpoint of "1 GB" at "10 GB/h" takes a tenth of an hour up and half of that down.
STATE_BYTES = 128 * 1024
UP = STATE_BYTES / (0.1 * HOUR)
DOWN = 2 * UP
GUIDE_INTERVAL_HOURS = 0.5
GOALS = {10: 0.96, 4: 0.93, 1: 0.78}
AGREEMENT = 0.02
POLL_SECONDS = 0.005
LAG = re.compile(r"checkpoint committed .* lag_s=([0-9.e-]+)")


def lifetimes(mtbf, count, seed):
    """Exponential, and spread so evenly that a short run sees neither luck nor bad luck."""
    drawn = [-mtbf * HOUR * math.log(1 - (i + 0.5) / count) for i in range(count)]
    random.Random(seed).shuffle(drawn)
    return iter(drawn)


def simulated(mtbf, *more):
    """The interval in hours, and the goodput."""
    words = ["simulate", "--json", "--jobs", "2000", "--hours", str(JOB_HOURS), "--mtbf", str(mtbf),
             "--checkpoint-gb", "1", "--downlink", "20", "--cold-start", "1s",
             "--guide-checkpoint-every", str(GUIDE_INTERVAL_HOURS),
             "--min-replicas", "50", "--max-replicas", "50", *more]
    done = subprocess.run([fleet.holdfast(), *words], capture_output=True, text=True, check=True)
    ours = json.loads(done.stdout)[0]
    hours = ours["hours"]
    return ours["checkpoint_interval_hours"], hours["useful"] / (ours["paid_hours"] - hours["idle"])


def simulated_as_measured(mtbf, interval, restart, storing):
    """With what a restart and a checkpoint took, in this scale: everything else is the simulator's."""
    return simulated(mtbf, "--restart-cost", str(restart * 3600 / HOUR), "--uplink", str(HOUR / storing),
                     "--checkpoint-every", f"{round(interval * 3600)}s")[1]


class Machine:
    """One after the other in the same place, each until its time has come."""

    def __init__(self, place, way, number):
        self.place, self.way = place, way
        self.folder = place.folder / f"machine-{number}"
        self.folder.mkdir()
        self.line = slow_line.SlowLine(place.environment["R2_S3_ENDPOINT_URL"], UP, DOWN)
        self.log = self.folder / "log"
        self.paid = 0.0
        self.restarts = []  # Seconds from a worker's start to its task's, without the download.
        self.storings = []  # Seconds from a snapshot to its checkpoint's commit.
        self.process = None

    def start(self):
        environment = dict(self.place.environment, R2_S3_ENDPOINT_URL=self.line.endpoint,
                           BENCH_PREFIX=self.place.prefix, BENCH_STATE=str(self.folder / "state"))
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                self.way.words(self), env=environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT)
        self.ready_at = self.computes_at = None

    def look(self, lives):
        if self.process is None:
            self.start()
        elif self.ready_at is None:
            if self.way.READY in self.log.read_text(errors="replace"):
                self.ready_at = time.monotonic()
                self.dies_at = self.ready_at + next(lives)
        elif time.monotonic() >= self.dies_at:
            self.end()
        elif self.computes_at is None and self.way.COMPUTES:
            said = self.log.read_text(errors="replace")
            if self.way.COMPUTES in said:
                self.computes_at = time.monotonic()
                download = STATE_BYTES / DOWN if self.way.RESTORED in said else 0
                self.restarts.append(self.computes_at - self.ready_at - download)

    def end(self):
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        if self.ready_at is not None:
            self.paid += time.monotonic() - self.ready_at
        self.storings += map(float, LAG.findall(self.log.read_text(errors="replace")))
        self.process = None


class Ours:
    READY = "worker started"
    COMPUTES = "paced_task computes"
    RESTORED = "checkpoint restored"

    def __init__(self, place, interval):
        self.place, self.interval = place, interval
        place.empty_queue()

    def words(self, machine):
        return [fleet.holdfast(), "work", "--worker", machine.folder.name,
                "--store", f"s3://{self.place.environment['R2_BUCKET_NAME']}/{self.place.prefix}",
                "--work-dir", str(machine.folder / "work"),
                "--checkpoint-every", f"{round(self.interval * HOUR * 1000)}ms",
                "--checkpoint-pause", "1ms", "--patience", "100ms", "--watch-every", "500ms",
                "--attempts-max", "1000",
                "--", fleet.program("paced_task"), "{steps}", str(round(STEP_SECONDS * 1000)),
                str(STATE_BYTES)]

    def live(self, machine):
        with contextlib.suppress(OSError, ValueError):
            for attempt in (machine.folder / "work/job").iterdir():
                if not (attempt / "job.json").exists():
                    continue
                job = json.loads((attempt / "job.json").read_text())["job_id"]
                with open(attempt / "checkpoint/state", "rb") as state:
                    return job, int(state.read(16))
        return None, 0

    def kept(self, job):
        words = [fleet.holdfast(), "status", job, "--json", "--store",
                 f"s3://{self.place.environment['R2_BUCKET_NAME']}/{self.place.prefix}"]
        done = subprocess.run(words, env=self.place.environment, capture_output=True, text=True)
        if done.returncode != 0:
            return 0
        state = json.loads(done.stdout)
        return STEPS if state["state"] == "completed" else state["progress"].get("step", 0)


class Guides:
    READY = "ready"
    COMPUTES = None

    def __init__(self, place):
        self.place = place
        place.remove_queues()
        place.ask(lambda channel: channel.queue_declare(
            place.queue, durable=True, arguments={"x-queue-type": "quorum", "x-delivery-limit": 3}))
        self.store = boto3.client(
            "s3", region_name="auto", endpoint_url=place.environment["R2_S3_ENDPOINT_URL"],
            aws_access_key_id=place.environment["R2_AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=place.environment["R2_AWS_SECRET_ACCESS_KEY"])

    def words(self, machine):
        per_checkpoint = round(GUIDE_INTERVAL_HOURS * HOUR / STEP_SECONDS)
        return ["/usr/bin/python3", str(fleet.HERE / "guide_paced_worker.py"), str(per_checkpoint),
                str(STEP_SECONDS), str(STATE_BYTES)]

    def live(self, machine):
        with contextlib.suppress(OSError, ValueError):
            job, step = (machine.folder / "state").read_text().split()
            return job, int(step)
        return None, 0

    def kept(self, job):
        with contextlib.suppress(self.store.exceptions.NoSuchKey):
            got = self.store.get_object(Bucket=self.place.environment["R2_BUCKET_NAME"],
                                        Key=f"{self.place.prefix}/{job}/checkpoint", Range="bytes=0-15")
            return int(got["Body"].read())
        return 0


def run(place, way, mtbf, seconds, seed):
    """Useful time per paid time, how many jobs were set aside, and the machines."""
    jobs = [f"job-{number}" for number in range(math.ceil(MACHINES * (seconds / HOUR / JOB_HOURS + 2)))]
    for job in jobs:
        body = json.dumps({"job_id": job, "steps": STEPS})
        place.ask(lambda channel, body=body: channel.basic_publish("", place.queue, body))
    lives = lifetimes(mtbf, max(8, round(4 * MACHINES * seconds / HOUR / mtbf)), seed)
    machines = [Machine(place, way, number) for number in range(MACHINES)]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for machine in machines:
            machine.look(lives)
        time.sleep(POLL_SECONDS)
    # What runs at the end is neither lost nor kept: it counts as far as it is.
    live = dict(way.live(machine) for machine in machines if machine.process)
    for machine in machines:
        machine.end()
    waiting = place.ask(lambda channel: channel.queue_declare(place.queue, passive=True))
    steps = {job: max(way.kept(job), live.get(job, 0)) for job in jobs}
    done = sum(count >= STEPS for count in steps.values())
    aside = 0
    if isinstance(way, Guides):
        # The queue has dropped those: it holds each job that is neither done nor set aside.
        aside = len(jobs) - done - waiting.method.message_count
    paid = sum(machine.paid for machine in machines)
    return sum(steps.values()) * STEP_SECONDS / paid, max(aside, 0), machines


def rows(folder, quick):
    seconds = 15 if quick else 80
    for mtbf, goal in ({4: GOALS[4]} if quick else GOALS).items():
        interval, _ = simulated(mtbf)
        with fleet.Fleet(folder) as place:
            ours, _, machines = run(place, Ours(place, interval), mtbf, seconds, mtbf)
        restart = statistics.mean(s for machine in machines for s in machine.restarts)
        storing = statistics.mean(s for machine in machines for s in machine.storings)
        with fleet.Fleet(folder) as place:
            guides, aside, _ = run(place, Guides(place), mtbf, seconds, mtbf)
        expected = simulated_as_measured(mtbf, interval, restart, storing)
        apart = abs(ours - expected)
        yield report.Row(
            f"goodput of {MACHINES} workers, killed every {mtbf} h on average (1 h is {HOUR:.0f} s)",
            [f"{ours:.1%}", f"a checkpoint every {interval * 60:.1f} min, stored in {storing / HOUR * 60:.1f}, "
             f"a restart in {restart / HOUR * 60:.1f}"],
            [f"{guides:.1%} in the guide's way; {aside} healthy jobs set aside",
             f"{expected:.1%} says holdfast simulate with these, {100 * (expected - ours):+.1f} points "
             f"({'agrees' if apart <= AGREEMENT else 'APART'})"],
            f">= {goal:.0%}", ours >= goal and apart <= AGREEMENT)
