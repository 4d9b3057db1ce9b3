"""`holdfast fetch`, verified, beside what copies the same objects: many small results of one job, and a large one. Everything ends in
memory."""
import shutil
import tempfile

import fleet
import inputs
import movers
import report
import transfer

SHARE_MAX = 0.8
SMALL_BYTES = 4096


def make_results(place, name, program):
    """One job whose results `program`, a shell's text, leaves."""
    jobs = place.folder / f"{name}.csv"
    jobs.write_text(f"job_id\n{name}\n", encoding="ascii")
    place.submit(jobs)
    place.run(["work", "--until-empty", "--", "/bin/sh", "-ec", f'cd "$HOLDFAST_OUTPUT_DIR"\n{program}'])


def fetch(place, queue, name, size):
    """Seconds."""
    target = place.folder / "fetched"
    took = queue.run(["fetch", "--store", f"s3://{place.bucket}/{queue.prefix}", name, "--to", str(target)])
    got = sum(file.stat().st_size for file in (target / name).rglob("*") if file.is_file())
    shutil.rmtree(target)
    if got != size:
        raise SystemExit(f"holdfast fetch brought {got} bytes of {size}.")
    return took["seconds"]


def rows(_, quick):
    small, mib, rounds = (300, 24, 1) if quick else (10000, 1024, 3)
    peers = movers.there()
    with tempfile.TemporaryDirectory(prefix="holdfast-bench.", dir="/dev/shm") as memory, fleet.Fleet(memory) as queue:
        place = transfer.Place(memory)
        queue.prefix = place.prefix
        make_results(queue, "small", f"head -c {small * SMALL_BYTES} /dev/urandom | split -a 5 -b {SMALL_BYTES} - r")
        make_results(queue, "large", f"head -c {mib * transfer.MIB} /dev/urandom >result")
        large_text = "1 GiB" if mib == 1024 else f"{mib} MiB"
        for name, size, text in (("small", small * SMALL_BYTES, f"fetch of {small:,} results of 4 KiB, verified"),
                                 ("large", mib * transfer.MIB, f"fetch of {large_text} in one, verified")):
            ours, others = [], {peer.name: [] for peer in peers}
            for _ in range(rounds):  # By turns, as the machine changes.
                ours.append(fetch(place, queue, name, size))
                for peer in peers:
                    others[peer.name].append(movers.copy(place, peer, f"{queue.prefix}/{name}/", size))
            took = report.median(ours)
            beside = {peer: report.median(values) for peer, values in others.items()}
            best = min(beside.values(), default=None)
            yield report.Row(
                text, [f"{took:.2f} s" + (f", {took / best:.2f} of the best" if best else "")], inputs.texts(beside),
                f"<= {SHARE_MAX}", bool(best) and took <= SHARE_MAX * best)
        place.remove_objects()
