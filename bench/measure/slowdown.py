"""What checkpoints cost a program that computes, on a line that is too slow for them."""
import subprocess

import fleet
import report
import slow_line

BYTES_PER_SECOND = 10e9 / 3600  # 10 GB an hour.
SHARES_MAX = {"fixed": 0.035, "auto": 0.01}


def bare(place, words):
    """Steps a second without a worker."""
    checkpoint = place.folder / "bare"
    checkpoint.mkdir(exist_ok=True)
    done = subprocess.run(words, cwd=checkpoint, capture_output=True, text=True, check=True,
                          timeout=fleet.RUN_SECONDS_MAX)
    return float(done.stdout.split()[-1])


def held(place, words, name, every):
    """The same as a job: its program prints its pace at the end, which the worker passes on."""
    endpoint = place.environment["R2_S3_ENDPOINT_URL"]
    line = slow_line.SlowLine(endpoint, BYTES_PER_SECOND, BYTES_PER_SECOND)
    jobs = place.folder / f"{name}.csv"
    jobs.write_text(f"job_id\n{name}\n", encoding="ascii")
    place.submit(jobs)
    said = place.run(["work", "--until-empty", "--checkpoint-every", every, "--", *words],
                     R2_S3_ENDPOINT_URL=line.endpoint)
    paces = [text.split()[-1] for text in said["said"].splitlines() if "steps/s " in text]
    return float(paces[-1]), said["said"].count("checkpoint committed")


def rows(folder, quick):
    # Long enough that one of them is stored: 256 MiB take 97 s on that line.
    seconds, interval, mib = (8, 4, 16) if quick else (220, 60, 256)
    rounds = 1
    words = [fleet.program("numeric_task"), str(seconds), str(interval), str(mib)]
    with fleet.Fleet(folder) as place:
        paces = {"bare": [], "fixed": [], "auto": []}
        committed = {}
        for number in range(rounds):
            paces["bare"].append(bare(place, words))
            for kind, every in (("fixed", f"{interval}s"), ("auto", "auto")):
                pace, committed[kind] = held(place, words, f"{kind}-{number}", every)
                paces[kind].append(pace)
    without = report.median(paces["bare"])
    for kind, what in (("fixed", f"a checkpoint of {mib} MiB every {interval} s"),
                       ("auto", f"checkpoints of {mib} MiB, --checkpoint-every auto")):
        share = 1 - report.median(paces[kind]) / without
        yield report.Row(
            f"slow-down by {what}, line of 10 GB an hour",
            [f"{share:.1%}; {committed[kind]} committed in {seconds} s"],
            [f"{without:,.0f} steps/s alone, {report.median(paces[kind]):,.0f} as a job"],
            f"<= {SHARES_MAX[kind]:.1%}", share <= SHARES_MAX[kind])
