"""A job's inputs, from the claim until the program finds them: large, from the machine's cache, and many small ones. Everything lies in
memory, as with the programs beside. The worker says itself how long it took."""
import json
import re
import shutil
import tempfile

import fleet
import movers
import report
import transfer

CACHED_MS_MAX = 50
SMALL_SHARE_MAX = 1.2
RESTORE_SHARE_MAX = 1.1  # Of what the restore of a checkpoint of that size takes.
DELIVERED = re.compile(r"inputs delivered job=(\S+) files=\d+ fetched_bytes=(\d+) milliseconds=(\d+)")


def deliver(place, name, reference, rounds):
    """[(bytes fetched, milliseconds)] for each of `rounds` pairs of jobs, cold and from the cache."""
    taken = []
    for number in range(rounds):
        jobs = place.folder / f"{name}-{number}.jsonl"
        jobs.write_text("".join(
            json.dumps({"job_id": f"{name}-{number}-{one}", "inputs": {"data": reference}}) + "\n"
            for one in ("cold", "cached")), encoding="ascii")
        place.submit(jobs)
        said = place.run(["work", "--until-empty", "--input-cache", "4GiB", "--", "true"])["said"]
        shutil.rmtree(place.folder / "work")  # And with it what was kept.
        found = DELIVERED.findall(said)
        if len(found) != 2:
            raise SystemExit(f"Two jobs were to get their inputs: {said[-2000:]}")
        taken.append([(int(fetched), int(milliseconds)) for _, fetched, milliseconds in found])
    return taken


def middle(taken, which):
    return report.median([run[which][1] for run in taken])


def beside(place, peers, below, size, rounds):
    return {peer.name: report.median([movers.copy(place, peer, below, size) for _ in range(rounds)]) for peer in peers}


def texts(taken):
    return [f"{name}: {seconds:.2f} s" for name, seconds in taken.items()] or ["neither rclone nor awscli is installed"]


def restored(place, mib):
    """What a restore of one file of that size takes."""
    ours = transfer.Ours()
    source = place.folder / "source" / "file"
    target = place.folder / "restored" / "file"
    for file in (source, target):
        file.parent.mkdir()
    transfer.random_file(source, mib)
    ours.up(place, source)
    seconds = ours.down(place, target)[0]
    for file in (source, target):
        shutil.rmtree(file.parent)
    return seconds


def rows(_, quick):
    mib, small, rounds = (24, 50, 1) if quick else (1024, 1000, 3)
    peers = movers.there()
    with tempfile.TemporaryDirectory(prefix="holdfast-bench.", dir="/dev/shm") as memory, fleet.Fleet(memory) as queue:
        place = transfer.Place(memory)
        restore = report.median([restored(place, mib) for _ in range(rounds)])
        prefix = f"{place.prefix}/given/"
        movers.fill(place, prefix + "large", 1, mib * transfer.MIB)
        movers.fill(place, prefix + "small/", small, transfer.MIB)
        queue.prefix = place.prefix  # The store that the worker takes inputs from is its own bucket.
        reference = f"s3://{place.bucket}/{prefix}"
        large = deliver(queue, "large", reference + "large", rounds)
        many = deliver(queue, "small", reference + "small/", rounds)
        large_beside = beside(place, peers, prefix + "large", mib * transfer.MIB, rounds)
        many_beside = beside(place, peers, prefix + "small/", small * transfer.MIB, rounds)
        place.remove_objects()
    size = "1 GiB" if mib == 1024 else f"{mib} MiB"
    cold, cached = middle(large, 0) / 1000, middle(large, 1)
    if any(run[0][0] != mib * transfer.MIB for run in large):
        raise SystemExit("A cold input was not fetched whole.")
    yield report.Row(
        f"input of {size}, cold, verified and kept",
        [f"{cold:.2f} s, {cold / restore:.2f} of a restore"],
        [f"restore of a checkpoint of that size: {restore:.2f} s", *texts(large_beside)],
        f"<= {RESTORE_SHARE_MAX} of a restore", cold <= RESTORE_SHARE_MAX * restore)
    again = max(run[1][0] for run in large)
    yield report.Row(
        "the same from the machine's cache",
        [f"{cached:.0f} ms, {again:,} bytes fetched"], [],
        f"<= {CACHED_MS_MAX} ms, none", cached <= CACHED_MS_MAX and again == 0)
    all_small = middle(many, 0) / 1000
    best = min(many_beside.values(), default=None)
    yield report.Row(
        f"{small:,} inputs of 1 MiB, cold, verified and kept",
        [f"{all_small:.2f} s" + (f", {all_small / best:.2f} of the best" if best else ""),
         f"{middle(many, 1):.0f} ms from the cache"],
        texts(many_beside), f"<= {SMALL_SHARE_MAX}", bool(best) and all_small <= SMALL_SHARE_MAX * best)
