"""What interruptions cost a real fleet, by `holdfast status` and `holdfast report`, and by the journals that its programs kept. Workers
are killed with all that belongs to them, asked to stop, or both; once all of them go in a few seconds, and none comes back until
long after their next checkpoints were due."""
import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import accountant

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import services

WITHIN_POINTS = 1.0
INTERRUPTIONS_MIN = 100
SPARE_WORKERS = 6          # Idle, so that somebody takes what comes back at once.
CHECKPOINT_SECONDS = 2.5   # From one that is stored to the next.
PATIENCE_SECONDS = 90
AT_ONCE_SECONDS = 0.15     # Between SIGTERM and SIGKILL, at most.


class Worker:
    def __init__(self, fleet, name):
        self.name = name
        self.killed = None
        with open(fleet.folder / f"{name}.log", "wb") as log:
            self.process = subprocess.Popen(
                fleet.place.command(
                    "work", "--worker", name, "--work-dir", str(fleet.folder / "work" / name), "--metadata-url", "none",
                    "--patience", "1s", "--checkpoint-every", "1s", "--checkpoint-pause", f"{CHECKPOINT_SECONDS}s", "--",
                    fleet.task, str(fleet.journals), "{job_id}", str(fleet.wishes.units)),
                cwd=fleet.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def ask_to_stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)

    def kill(self):
        if self.process.poll() is None:
            self.killed = time.monotonic()
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Fleet:
    def __init__(self, wishes, folder):
        self.wishes = wishes
        self.folder = folder
        self.dice = random.Random(wishes.seed)
        self.task = services.variable("HOLDFAST_TEST_JOURNAL_TASK")
        self.place = services.Place(f"goodput-{os.getpid()}", folder)
        self.journals = folder / "journals"
        self.journals.mkdir()
        self.jobs = [f"job-{number:02}" for number in range(wishes.jobs)]
        self.all = []       # Workers that ever were.
        self.working = []

    def submit(self):
        self.place.make()
        (self.folder / "jobs.csv").write_text("job_id\n" + "".join(job + "\n" for job in self.jobs))
        self.place.holdfast("submit", "jobs.csv")

    def start_worker(self):
        worker = Worker(self, f"w{len(self.all)}")
        self.all.append(worker)
        self.working.append(worker)

    def start_workers(self):
        for _ in range(self.wishes.jobs + SPARE_WORKERS):
            self.start_worker()

    def wait_until(self, what, there):
        patience = time.monotonic() + PATIENCE_SECONDS
        while not there():
            if time.monotonic() > patience:
                raise SystemExit(f"waited in vain until {what}")
            time.sleep(0.1)

    def journals_of(self, job):
        return list(self.journals.glob(f"{job}.*"))

    def interrupt_one(self):
        worker = self.working.pop(self.dice.randrange(len(self.working)))
        way = self.dice.choice(("kill", "stop", "both"))
        if way != "kill":
            worker.ask_to_stop()
        if way == "both":
            time.sleep(self.dice.uniform(0, AT_ONCE_SECONDS))
        if way != "stop":
            worker.kill()
        self.start_worker()

    def kill_all(self):
        """At times that have nothing to do with their checkpoints. Nobody takes what comes back: all others have work, or are gone."""
        busy = self.busy()
        leaves = {worker: self.dice.uniform(0, CHECKPOINT_SECONDS) if worker.name in busy else 0 for worker in self.working}
        begin = time.monotonic()
        for worker in sorted(self.working, key=leaves.get):
            time.sleep(max(begin + leaves[worker] - time.monotonic(), 0))
            worker.kill()
        self.working = []

    def busy(self):
        """Who has a job in hand."""
        return {json.loads(line)["worker"] for line in self.place.holdfast("list", "--state", "running", "--json").splitlines()}

    def completed(self):
        return json.loads(self.place.holdfast("status", "--json"))["store"]["completed"]

    def run(self):
        self.submit()
        self.start_workers()
        self.wait_until("each job has begun", lambda: all(map(self.journals_of, self.jobs)))
        next_one = time.monotonic()
        for _ in range(self.wishes.interrupted):
            next_one += self.dice.uniform(0.5, 1.5) * self.wishes.every
            time.sleep(max(next_one - time.monotonic(), 0))
            self.interrupt_one()
        self.kill_all()
        # The broker has all jobs by now, and each would have made its next checkpoint.
        time.sleep(2 * CHECKPOINT_SECONDS)
        self.start_workers()
        self.wait_until("all jobs are completed", lambda: self.completed() == len(self.jobs))
        for worker in self.working:
            worker.ask_to_stop()
        for worker in self.all:
            worker.process.wait()

    def newest_record(self, job):
        """Whose attempt it is of, and when the store says that it took it."""
        prefix = f"{self.place.prefix}.holdfast/{job}/log/"
        s3, bucket = self.place.s3, self.place.bucket
        entry = s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)["Contents"][0]
        record = json.loads(s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())
        return record["attempt"], entry["LastModified"].timestamp()

    def account(self):
        """What really happened, and how often somebody was interrupted."""
        wall_ahead = time.time() - time.monotonic()
        newest = {job: self.newest_record(job) for job in self.jobs}
        attempts = collections.defaultdict(list)
        interruptions = 0
        for worker in self.all:
            with open(self.folder / f"{worker.name}.log", errors="replace") as log:
                found = accountant.read_worker(log, wall_ahead)
            for (job, number), (claimed, last_word, over) in found.items():
                attempt = accountant.Attempt(number, claimed)
                attempt.last_word = last_word
                attempt.killed = None if over else worker.killed
                if over and number == newest[job][0]:
                    attempt.last_word = newest[job][1] - wall_ahead
                journal = self.journals / f"{job}.{number}"
                if journal.exists():
                    with open(journal) as lines:
                        attempt.read_journal(lines)
                interruptions += not attempt.ended
                attempts[job].append(attempt)
        truth = dict.fromkeys(accountant.PARTS, 0.0)
        for job in self.jobs:
            attempts[job].sort(key=lambda attempt: attempt.number)
            # One that is missing was killed before it could say that it had claimed the job: it took no time.
            if not attempts[job][-1].ended:
                raise SystemExit(f"{job} has no end, and attempts {[attempt.number for attempt in attempts[job]]}")
            accountant.add(truth, accountant.account_of_job(attempts[job]))
        return truth, interruptions

    def clean(self):
        for worker in self.all:
            worker.kill()
        self.place.remove()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=48)
    parser.add_argument("--units", type=int, default=3600, help="that each job has to do, of 10 ms or more (3600)")
    parser.add_argument("--interrupted", type=int, default=110, help="workers that go while the others work (110)")
    parser.add_argument("--every", type=float, default=0.3, help="seconds between two of them (0.3)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave the folder with all logs and journals")
    wishes = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="goodput-"))
    fleet = Fleet(wishes, folder)
    try:
        fleet.run()
        truth, interruptions = fleet.account()
        told = json.loads(fleet.place.holdfast("status", "--json"))["spent"]
        reported = json.loads(fleet.place.holdfast("report", "--json"))["pages"]["money"]["spent"]
    finally:
        fleet.clean()
        if wishes.keep:
            print(f"logs and journals are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{interruptions} interruptions in {sum(truth.values()):.0f} s of {len(fleet.jobs)} jobs")
    for name, share in accountant.shares(truth).items():
        print(f"{name:10} told {accountant.shares(told)[name]:6.2f} %   was {share:6.2f} %")
    print(f"paid       told {told['paid']:6.1f} s   was {sum(truth.values()):6.1f} s")
    faults = accountant.faults_of(told, truth, WITHIN_POINTS)
    if reported != told:
        faults.append(f"report says {reported}, and status {told}")
    if interruptions < INTERRUPTIONS_MIN:
        faults.append(f"there were only {interruptions} interruptions")
    for fault in faults:
        print("WRONG: " + fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
