"""One campaign, from a laptop's files to an empty bucket: two groups of jobs on three workers, the inputs of one uploaded, those of the
other the first one's results; workers killed all the time, a receiver of notifications that is away for a while, results fetched as they
come, and at the end everything collected. An accountant then reads what is there: results, notifications, bytes."""
import argparse
import hashlib
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
import receiver

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import services

KILL_EVERY_SECONDS = 1.1
AWAY_SECONDS = (8, 20)       # After the beginning, as long as it takes.
STANDSTILL_SECONDS = 120     # No job ended for so long: something hangs.
END_SECONDS = 60
BAD_ONE_IN = 37
SLOW_SECONDS = 5

# Copies its input's digest; three steps, so that kills meet it in the middle. $1 is the job, $2 the input.
TASK = r"""
set -e
case $1 in *bad) exit 65 ;; esac
cd "$HOLDFAST_CHECKPOINT_DIR"
n=$(cat n 2>/dev/null || echo 0)
while [ "$n" -lt 3 ]; do
  sleep 0.05
  n=$((n + 1))
  echo "$n" >n.new
  mv n.new n
done
sha256sum <"$2" | cut -d' ' -f1 >"$HOLDFAST_OUTPUT_DIR/sum"
"""


class Campaign:
    def __init__(self, wishes, folder):
        self.wishes = wishes
        self.folder = folder
        self.dice = random.Random(wishes.seed)
        self.place = services.Place(f"campaign-{os.getpid()}", folder)
        self.key = os.urandom(16).hex()
        self.receiver = receiver.Receiver(self.key)
        names = [str(number) + ("-bad" if number % BAD_ONE_IN == 5 else "") for number in range(wishes.jobs // 2)]
        self.first = [f"first-{name}" for name in names]
        # What stands behind a job that dies has no input.
        self.second = {f"second-{name}": f"first-{name}" for name in names}
        self.workers = {}
        self.lives = 0
        self.kills = 0
        self.others = []

    # The place.

    def make_place(self):
        self.place.make(HOLDFAST_NOTIFY_KEY=self.key)
        (self.folder / "task.sh").write_text(TASK)
        (self.folder / "inputs").mkdir()
        self.texts = {}
        for job in self.first:
            self.texts[job] = f"input of {job}\n".encode() * self.dice.randint(1, 5000)
            (self.folder / "inputs" / f"{job}.txt").write_bytes(self.texts[job])
        (self.folder / "first.csv").write_text("job_id\n" + "".join(job + "\n" for job in self.first))
        (self.folder / "second.jsonl").write_text("".join(
            json.dumps({"job_id": job, "inputs": {"text": f"job:{before}/sum"}}) + "\n"
            for job, before in self.second.items()))

    def holdfast(self, *words):
        begin = time.monotonic()
        said = self.place.holdfast(*words)
        if time.monotonic() - begin > SLOW_SECONDS:
            print(f"holdfast {' '.join(words)} took {time.monotonic() - begin:.0f} s")
        return said

    def beside(self, *words):
        with open(self.folder / f"{words[0]}-{len(self.others)}.log", "wb") as log:
            self.others.append(subprocess.Popen(self.place.command(*words), cwd=self.folder, stdin=subprocess.DEVNULL,
                                                stdout=log, stderr=log))

    # The workers.

    def start(self, slot):
        self.lives += 1
        name = f"w{slot}-{self.lives}"
        with open(self.folder / f"{name}.log", "wb") as log:
            self.workers[slot] = subprocess.Popen(
                self.place.command(
                    "work", "--worker", name, "--work-dir", str(self.folder / f"work-{slot}"),
                    "--input-cache-dir", str(self.folder / "cache"), "--patience", "1s", "--checkpoint-every", "100ms",
                    "--checkpoint-pause", "50ms", "--keep-completed", "1", "--allow-notify", self.receiver.url,
                    "--", "sh", str(self.folder / "task.sh"), "{job_id}", "{input:text}"),
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kill_one(self):
        slot = self.dice.choice(sorted(self.workers))
        self.workers[slot].kill()
        self.workers[slot].wait()
        self.kills += 1
        self.start(slot)

    def keep_alive(self):
        for slot, worker in self.workers.items():
            if worker.poll() is not None:
                raise SystemExit(f"a worker ended with {worker.returncode} by itself: w{slot}-{self.lives}")

    # What happens.

    def ended(self, group):
        counts = json.loads(self.holdfast("status", "--group", group, "--json"))
        return counts["completed"] + counts["dead"] + counts["cancelled"]

    def run(self):
        self.make_place()
        self.receiver.start()
        notify = ("--notify", self.receiver.url + "/hook")
        self.holdfast("submit", "first.csv", "--upload", "--input", "text=inputs/{job_id}.txt", *notify)
        for slot in range(self.wishes.workers):
            self.start(slot)
        self.beside("fetch", "--group", "first", "--to", "results/first", "--follow")
        begin = time.monotonic()
        next_kill = begin + 2
        last_end = (begin, 0)
        second = False
        while True:
            time.sleep(0.2)
            now = time.monotonic()
            self.receiver.away = AWAY_SECONDS[0] <= now - begin < AWAY_SECONDS[1]
            self.keep_alive()
            if now >= next_kill and self.kills < self.wishes.kills:
                self.kill_one()
                next_kill = now + self.dice.uniform(0.5, 1.5) * KILL_EVERY_SECONDS
            ended = self.ended("first") + (self.ended("second") if second else 0)
            if ended > last_end[1]:
                last_end = (now, ended)
            if now - last_end[0] > STANDSTILL_SECONDS:
                self.tell_standstill()
            # While some of the first group still run: a job whose input is not there yet waits for it.
            if not second and ended >= len(self.first) * 0.8:
                second = True
                self.holdfast("submit", "second.jsonl", *notify)
                self.beside("fetch", "--group", "second", "--to", "results/second", "--follow")
            if second and ended == len(self.first) + len(self.second) and self.kills >= self.wishes.kills:
                break
        self.receiver.away = False
        self.run_again()

    def run_again(self):
        """Some jobs once more: their results stay until new ones replace them, and their end is news again."""
        # A worker that was killed may have had the group's end to tell: whoever looks next tells it.
        self.holdfast("notify", "--missed", "--allow-notify", self.receiver.url)
        again = [job for job in self.first if not job.endswith("bad")][:self.wishes.again]
        self.holdfast("rerun", *again)
        patience = time.monotonic() + STANDSTILL_SECONDS
        while self.ended("first") < len(self.first):
            self.keep_alive()
            if time.monotonic() > patience:
                self.tell_standstill()
            time.sleep(0.2)

    def tell_standstill(self):
        lines = [f"no job has ended for {STANDSTILL_SECONDS} s"]
        for group in ("first", "second"):
            for line in self.holdfast("list", "--group", group, "--state", "running,waiting", "--json").splitlines():
                job = json.loads(line)["job_id"]
                lines.append(self.holdfast("why", job).strip())
        for slot in self.workers:
            logs = sorted(self.folder.glob(f"w{slot}-*.log"), key=lambda file: file.stat().st_mtime)
            lines.append(f"{logs[-1].name}: " + "".join(logs[-1].read_text().splitlines(True)[-15:]))
        raise SystemExit("\n".join(lines))

    def finish(self):
        for worker in self.workers.values():
            worker.send_signal(signal.SIGTERM)
        for worker in self.workers.values():
            if worker.wait(END_SECONDS) != 0:
                raise SystemExit(f"a worker that was asked to stop ended with {worker.returncode}")
        self.workers = {}
        # Jobs whose results are missing have died; the folder has all others.
        for other in self.others:
            if other.wait(END_SECONDS) not in (0, 1):
                raise SystemExit(f"{' '.join(other.args[1:])} ended with {other.returncode}")
        self.others = []
        self.holdfast("notify", "--missed", "--allow-notify", self.receiver.url)
        if "Nothing was missed" not in self.holdfast("notify", "--missed", "--allow-notify", self.receiver.url):
            raise SystemExit("notifications that were sent are sent again")

    def expected(self):
        """What each job leaves: its result, or None if it is dead."""
        sums = {job: None if job.endswith("bad") else hashlib.sha256(self.texts[job]).hexdigest() + "\n"
                for job in self.first}
        for job, before in self.second.items():
            above = sums[before]
            sums[job] = None if above is None else hashlib.sha256(above.encode()).hexdigest() + "\n"
        return sums

    def account(self):
        books = accountant.Accountant(self.place.s3, self.place.bucket, self.place.prefix, self.expected())
        books.check_results(self.folder / "results")
        books.check_notices(self.receiver.got, self.receiver.bad_signatures,
                            {"first": self.first, "second": list(self.second)}, {"first": 2, "second": 1})
        states = ("--older-than", "0s", "--yes", "--state", "completed,dead")
        self.holdfast("gc", *states, "--group", "first", "--keep", "results")
        books.check_collected(self.first, results_stay=True)
        self.holdfast("gc", *states, "--keep", "nothing")
        books.check_collected(books.expected, results_stay=False)
        # Nothing that gc did is news.
        told = len(self.receiver.got)
        self.holdfast("notify", "--missed", "--allow-notify", self.receiver.url)
        if len(self.receiver.got) != told:
            books.faults.append("jobs that gc took away were told of again")
        return books.faults

    def clean(self):
        for process in [*self.workers.values(), *self.others]:
            process.kill()
            process.wait()
        self.receiver.stop()
        self.place.remove()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=300)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--again", type=int, default=10, help="jobs that are run once more (10)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave the folder with everybody's logs")
    wishes = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="campaign-"))
    campaign = Campaign(wishes, folder)
    seconds = {}

    def timed(step):
        begin = time.monotonic()
        result = step()
        seconds[step.__name__] = time.monotonic() - begin
        return result

    try:
        timed(campaign.run)
        timed(campaign.finish)
        faults = timed(campaign.account)
    finally:
        timed(campaign.clean)
        if wishes.keep:
            print(f"logs are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    doubles = len(campaign.receiver.got) - len({notice["id"] for notice in campaign.receiver.got})
    print(", ".join(f"{step} {took:.0f} s" for step, took in seconds.items()))
    print(f"{wishes.jobs} jobs, {campaign.kills} kills; {len(campaign.receiver.got)} notifications, "
          f"{doubles} of them twice, {campaign.receiver.refused} refused while the receiver was away")
    for fault in faults[:50]:
        print("WRONG: " + fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
