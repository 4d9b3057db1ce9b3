"""What a worker holds and uses while there is nothing to do."""
import pathlib
import re
import time

import fleet
import report

RESIDENT_KIB_MAX = 16 * 1024
# Rounds to 0 % also where somebody looks closely.
PROCESSOR_SHARE_MAX = 0.0005
SETTLE_SECONDS = 1


def kib(pid, name, key):
    text = pathlib.Path(f"/proc/{pid}/{name}").read_text(encoding="ascii")
    return int(re.search(rf"^{key}:\s+(\d+) kB", text, re.MULTILINE)[1])


def processor_seconds(pid):
    """Of all its threads, to the nanosecond; /proc/PID/stat counts in hundredths of a second."""
    tasks = pathlib.Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


class Watched:
    def __init__(self, place, process):
        self.process = process
        fleet.wait_for(lambda: process.poll() is not None or place.consumers() == 1,
                       "the worker subscribes")
        if process.poll() is not None:
            raise SystemExit("A worker that was to be idle ended.")

    def begin(self):
        self.before = processor_seconds(self.process.pid)

    def end(self, seconds):
        pid = self.process.pid
        self.share = (processor_seconds(pid) - self.before) / seconds
        self.resident = kib(pid, "status", "VmRSS")
        self.proportional = kib(pid, "smaps_rollup", "Pss")

    def lines(self, name=""):
        return [f"{report.mib(self.resident)} resident, {report.mib(self.proportional)} "
                f"proportional (Pss){name}", f"{self.share:.3%} of a processor"]


def rows(folder, quick):
    seconds = 2 if quick else 20
    with fleet.Fleet(folder) as ours, fleet.Fleet(folder) as guides:
        worker = Watched(ours, ours.start(["work", "--", "true"]))
        python = Watched(guides, guides.start_python("guide_worker.py"))
        time.sleep(SETTLE_SECONDS)
        worker.begin()
        python.begin()
        time.sleep(seconds)
        worker.end(seconds)
        python.end(seconds)
    yield report.Row(
        f"worker idle for {seconds} s, connected to broker and store", worker.lines(),
        python.lines(": Python with pika and boto3"), "<= 16 MiB, 0 %",
        worker.resident <= RESIDENT_KIB_MAX and worker.share <= PROCESSOR_SHARE_MAX)
