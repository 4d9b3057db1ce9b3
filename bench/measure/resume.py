"""From the SIGKILL of a worker to its task's first instruction on another one."""
import copy
import os
import select
import signal
import time

import fleet
import report
import transfer

SECONDS_MAX = 2
SCRIPT = """date +%s%N > {fifo}
[ "$HOLDFAST_RESUMED" = 1 ] && exit 0
head -c {bytes} /dev/urandom > state.tmp && mv state.tmp state
exec sleep 1000
"""


def stamp(fifo):
    if not select.select([fifo], [], [], fleet.PATIENCE_SECONDS)[0]:
        raise SystemExit(f"No task ran within {fleet.PATIENCE_SECONDS} s.")
    return int(os.read(fifo, 64).decode()) / 1e9


def downloaded(mib):
    """Seconds that a bare restore of as much takes."""
    ours = transfer.Ours()
    with transfer.tempfile.TemporaryDirectory(prefix="holdfast-bench.", dir="/dev/shm") as memory:
        return report.median(
            [run[0] for run in transfer.measure(transfer.Place(memory), [ours], mib, 2)
             ["down"][ours.name]])


def rows(folder, quick):
    mib = 16 if quick else 1024
    with fleet.Fleet(folder) as place:
        fifo_path = place.folder / "stamps"
        os.mkfifo(fifo_path)
        fifo = os.open(fifo_path, os.O_RDWR)
        script = place.folder / "task.sh"
        script.write_text(SCRIPT.format(fifo=fifo_path, bytes=mib << 20), encoding="ascii")
        jobs = place.folder / "resume.csv"
        jobs.write_text("job_id\nresume\n", encoding="ascii")
        place.submit(jobs)
        words = ["work", "--checkpoint-every", "3s", "--", "/bin/sh", str(script)]
        first = place.start(words)
        first_log = place.log
        stamp(fifo)
        wanted = f"bytes={mib << 20} "
        fleet.wait_for(lambda: first.poll() is not None or wanted in first_log.read_text(),
                       "the checkpoint is committed")
        other_machine = copy.copy(place)
        other_machine.folder = place.folder / "second"
        other_machine.folder.mkdir()
        second = other_machine.start(words)
        fleet.wait_for(lambda: second.poll() is not None or place.consumers() >= 1,
                       "the second worker subscribes")
        time.sleep(1)
        killed = time.time()
        first.send_signal(signal.SIGKILL)
        took = stamp(fifo) - killed
        os.close(fifo)
    bare = downloaded(mib)
    yield report.Row(
        f"SIGKILL to the first instruction on another worker, checkpoint of {mib} MiB",
        [f"{took:.2f} s, {took - bare:.2f} s more than the download"],
        [f"{bare:.2f} s: the download alone"], f"<= {SECONDS_MAX} s more",
        took - bare <= SECONDS_MAX)
