"""What is added to a job: one that does nothing shows nothing else."""
import collections

import calls
import fleet
import report

RATIO_MAX = 3


def milliseconds_per_job(place, jobs, task):
    """Of a batch, without what the worker needs to start and to see that nothing is left."""
    work = ["work", "--until-empty", "--", *task]
    nothing = place.run(work)["seconds"]
    place.submit(jobs)
    place.prefix += "+"  # Jobs of the same names that have never run.
    everything = place.run(work)["seconds"]
    return everything - nothing


def listed(recorded, bare, per_job, broker):
    kinds = collections.Counter(call.split()[0].upper() for call in recorded)
    counts = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    yield f"  store, {len(recorded)} calls: {counts}"
    for line in bare[:-1]:
        kind, key, milliseconds = line.split()
        name = key.replace("{job}", "JOB")[:70]
        yield f"    {kind.upper():7}{name:72}{float(milliseconds):6.2f} ms"
    yield "  broker: " + ", ".join(f"{n} {name}" for name, n in per_job.items())
    for line in broker[1:-1]:
        name, milliseconds = line.split()
        yield f"    {name:79}{float(milliseconds):6.2f} ms"


def row(folder, quick, what, task):
    count = 10 if quick else 200
    ours, bare = [], []
    with fleet.Fleet(folder) as place:
        recorded, per_job = calls.overhear(place, task)
        text = "".join(call + "\n" for call in recorded)
        place.empty_queue()
        jobs = place.write_list(count)
        for turn in range(1 if quick else 3):
            ours.append(milliseconds_per_job(place, jobs, task) * 1000 / count)
            store_lines = place.bare(
                ["bare_store_calls", f"{place.prefix}bare{turn}", str(count)], text)
            place.empty_queue()
            broker_lines = place.bare(["bare_broker_calls", place.queue, str(count)])
            bare.append([float(lines[-1].split()[1]) for lines in (store_lines, broker_lines)])
    store_bare, broker_bare = (report.median(times) for times in zip(*bare))
    middle, least = report.median(ours), report.median(map(sum, bare))
    ratio = report.median(mine / sum(times) for mine, times in zip(ours, bare))
    return report.Row(
        f"added per job that does nothing, {what}",
        [f"{middle:.1f} ms", f"{ratio:.2f} times the bare calls"],
        [f"{least:.1f} ms: the same calls bare, one connection "
         f"({len(recorded)} of the store {store_bare:.1f} ms, those of the broker "
         f"{broker_bare:.1f} ms)"],
        f"<= {RATIO_MAX} times", ratio <= RATIO_MAX,
        ["", f"Calls per job, {what} (median of each, bare):",
         *listed(recorded, store_lines, per_job, broker_lines)])


def rows(folder, quick):
    yield row(folder, quick, "no output", ["true"])
    yield row(folder, quick, "one output file", [fleet.program("tiny_task"), "result"])
