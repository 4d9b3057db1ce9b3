"""From a worker's or a node's end to its job running again, on a worker that is idle. Everything at
its default: the heartbeat, and the patience with an owner that does not answer."""
import os
import select
import subprocess
import time

import fleet
import node
import report

PATIENCE = 6              # The default.
KILLED_SECONDS_MAX = PATIENCE + 2
VANISHED_SECONDS_MAX = 45
SECONDS_MAX = 120
# Says when it begins and as which attempt, and ends when it is let go.
TASK = ["/bin/sh", "-c", 'echo "$HOLDFAST_JOB_ID $HOLDFAST_ATTEMPT $(date +%s%N)" >"$STAMPS"; '
        'while [ ! -e "$STAMPS.go" ]; do sleep 0.2; done']


class Race:
    """Jobs that run, one to a worker, and as many idle workers."""

    def __init__(self, place, count):
        self.place = place
        self.count = count
        self.path = place.folder / "stamps"
        os.mkfifo(self.path)
        self.fifo = os.open(self.path, os.O_RDWR)
        place.environment["STAMPS"] = str(self.path)
        self.buffer = b""

    def start(self, name, environment, inside):
        work = str(self.place.folder / "workers" / name)
        words = [fleet.holdfast(), "work", "--worker", name, "--work-dir", work, "--store",
                 f"s3://{self.place.environment['R2_BUCKET_NAME']}/{self.place.prefix}", "--",
                 *TASK]
        with open(self.place.folder / f"{name}.log", "wb") as log:
            process = subprocess.Popen(inside(words), env=environment, stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log)
        self.place.processes.append(process)
        return process

    def stamps(self, attempt):
        """Job to the time at which this attempt began, once all jobs have come so far."""
        begun = {}
        until = time.monotonic() + SECONDS_MAX
        while len(begun) < self.count:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.fifo], [], [], left)[0]:
                raise SystemExit(f"Only {len(begun)} of {self.count} jobs ran as attempt "
                                 f"{attempt} within {SECONDS_MAX} s.")
            self.buffer += os.read(self.fifo, 4096)
            *lines, self.buffer = self.buffer.split(b"\n")
            for line in lines:
                job, number, when = line.decode().split()
                if int(number) == attempt:
                    begun[job] = int(when)
        return begun

    def run(self, end, environments):
        """Seconds to the second attempt of each job; end(number) ends the worker that runs it."""
        owners = [self.start(f"owner-{number}", environment, inside)
                  for number, (environment, inside) in enumerate(environments)]
        self.place.submit(self.place.write_list(self.count))
        self.stamps(1)
        for number in range(self.count):
            self.start(f"next-{number}", self.place.environment, lambda words: words)
        fleet.wait_for(lambda: self.place.consumers() >= self.count, "idle workers subscribe")
        ended = []
        for number in range(self.count):
            ended.append(time.time_ns())
            end(number, owners[number])
            time.sleep(0.3)
        begun = self.stamps(2)
        times = [(when - ended[self.owner_of(job)]) / 1e9 for job, when in begun.items()]
        (self.path.parent / "stamps.go").touch()
        os.close(self.fifo)
        return times

    def owner_of(self, job):
        for number in range(self.count):
            said = (self.place.folder / f"owner-{number}.log").read_text()
            if f"job claimed job={job} " in said:
                return number
        raise SystemExit(f"No worker says that it had claimed {job}.")


def killed(folder, count):
    with fleet.Fleet(folder) as place:
        race = Race(place, count)
        alone = [(place.environment, lambda words: words)] * count
        return race.run(lambda _, process: process.kill(), alone)


def vanished(folder, count):
    with fleet.Fleet(folder) as place:
        race = Race(place, count)
        nodes = [node.Node(place.environment) for _ in range(count)]
        try:
            return race.run(lambda number, _: nodes[number].vanish(),
                            [(each.environment, each.inside) for each in nodes])
        finally:
            place.end_processes()
            for each in nodes:
                each.close()


def row(what, times, reach, beside):
    slowest = report.at_share(times, 0.99)
    return report.Row(what, [f"{report.median(times):.1f} s, median of {len(times)}",
                             f"{slowest:.1f} s, 99 in 100"],
                      beside, f"<= {reach} s, 99 in 100", slowest <= reach)


def rows(folder, quick):
    repeats, count = (1, 2) if quick else (5, 10)
    times = [each for _ in range(repeats) for each in killed(folder, count)]
    yield row("worker killed until its job runs again", times, KILLED_SECONDS_MAX,
              [f"{PATIENCE} s of it is the patience: a shorter one costs a job its place when its "
               "worker only stumbled"])
    times = [each for _ in range(repeats) for each in vanished(folder, count)]
    yield row("node vanishes until its job runs again", times, VANISHED_SECONDS_MAX,
              ["87 s: a broker with the guide's heartbeat of 30 s, until it gives the job to "
               "another"])
