"""What a running job asks of the store besides checkpoints, counted on the wire, and what that costs
on Cloudflare R2's list."""
import collections
import time

import fleet
import report
import wire

DOLLARS_PER_WRITE = 4.50 / 1e6    # Class A: PUT, POST, LIST.
DOLLARS_PER_READ = 0.36 / 1e6     # Class B: GET, HEAD. DELETE is free.
READS_PER_HOUR_MAX = 3600 / 15    # One look every 15 s.


class Count:
    def __init__(self):
        self.total = collections.Counter()

    def note(self, method, target, _):
        lists = method == "GET" and "list-type" in target
        kind = {"GET": "read", "HEAD": "read", "DELETE": "free"}.get(method, "write")
        self.total["write" if lists else kind] += 1


def rows(folder, quick):
    seconds = 20 if quick else 300
    count = Count()
    with fleet.Fleet(folder) as place:
        endpoint = place.environment["R2_S3_ENDPOINT_URL"]
        store = wire.between(endpoint, lambda: (wire.HttpRequests(count.note), None))
        place.environment["R2_S3_ENDPOINT_URL"] = store.instead_of(endpoint)
        place.submit(place.write_list(1))
        worker = place.start(["work", "--until-empty", "--checkpoint-every", "0s", "--",
                              "/bin/sh", "-c", f"sleep {seconds}"])
        fleet.wait_for(lambda: "job claimed" in place.log.read_text(), "the job begins")
        time.sleep(2)  # What belongs to the beginning.
        before = count.total.copy()
        time.sleep(seconds - 4)
        running = count.total - before
        worker.wait(fleet.PATIENCE_SECONDS)
        store.close()
    per_hour = sum(running.values()) * 3600 / (seconds - 4)
    whole = count.total - running
    reading = per_hour * 1000 * DOLLARS_PER_READ
    once = (whole["write"] * DOLLARS_PER_WRITE + whole["read"] * DOLLARS_PER_READ) * 1000
    # A short run meets a look more or less.
    met = not running["write"] and per_hour <= READS_PER_HOUR_MAX + 2 * 3600 / seconds
    yield report.Row(
        "requests to the store by a running job, besides checkpoints",
        [f"{per_hour:.0f} an hour, all of them reads" if not running["write"]
         else f"{per_hour:.0f} an hour, of them {running['write']} writes in {seconds} s",
         f"{whole['write']} writes and {whole['read']} reads to begin and end"],
        [f"${reading:.3f} for 1,000 jobs and hour on R2's list",
         f"${once:.3f} for 1,000 jobs to begin and end"],
        f"<= {READS_PER_HOUR_MAX:.0f} an hour", met)
