"""From a job's message to its task's first instruction, by an idle worker."""
import os
import select
import time

import pika

import fleet
import report

MILLISECONDS_MAX = 20
IDLE_SECONDS = 0.05


def read_stamp(fifo):
    if not select.select([fifo], [], [], fleet.PATIENCE_SECONDS)[0]:
        raise SystemExit(f"No task ran within {fleet.PATIENCE_SECONDS} s.")
    return int(os.read(fifo, 64).decode())


def spawned(fifo, words):
    """The same program started by hand: what fork and exec cost."""
    begin = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    pid = os.posix_spawn(words[0], words, os.environ)
    stamp = read_stamp(fifo)
    os.waitpid(pid, 0)
    return (stamp - begin) / 1e6


def carried_out(place, worker, fifo, number):
    """Publishes one job and waits until its task has run and the worker is idle again."""
    body = f'{{"job_id":"first-{number}"}}'
    properties = pika.BasicProperties(delivery_mode=2, message_id=f"first-{number}")
    begin = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    place.ask(lambda channel: channel.basic_publish("", place.queue, body, properties))
    stamp = read_stamp(fifo)
    ended = f"job completed job=first-{number} "
    fleet.wait_for(lambda: worker.poll() is not None or ended in place.log.read_text(),
                   f"job first-{number} is completed")
    time.sleep(IDLE_SECONDS)
    return (stamp - begin) / 1e6


def rows(folder, quick):
    count = 10 if quick else 100
    with fleet.Fleet(folder) as place:
        path = place.folder / "stamps"
        os.mkfifo(path)
        fifo = os.open(path, os.O_RDWR)  # Both ends, so that a reader is always there.
        words = [fleet.program("tiny_task"), "stamp", str(path)]
        worker = place.start(["work", "--", *words])
        try:
            fleet.wait_for(lambda: worker.poll() is not None or place.consumers() == 1,
                           "the worker subscribes")
            carried_out(place, worker, fifo, "warm")
            times, bare = [], []
            for number in range(count):
                times.append(carried_out(place, worker, fifo, number))
                bare.append(spawned(fifo, words))
        finally:
            os.close(fifo)
        place.end_processes()
        place.empty_queue()
        delivered = float(place.bare(["bare_broker_calls", place.queue, str(count)])[0].split()[1])
    middle = report.median(times)
    yield report.Row(
        "from message to the task's first instruction, no checkpoint",
        [f"{middle:.1f} ms, median of {count}",
         f"{report.at_share(times, 0.95):.1f} ms, 95 in 100"],
        [f"{delivered:.1f} ms: a message published until a bare consumer has it",
         f"{report.median(bare):.1f} ms: fork and exec of the same program, nothing else"],
        f"<= {MILLISECONDS_MAX} ms", middle <= MILLISECONDS_MAX)
