"""How fast a program may print that runs as a job, beside one whose output a pipe takes away."""
import os
import pathlib
import subprocess

import fleet
import report

REACH = 400  # MB a second.


def pace_of(file):
    return float(file.read_text(encoding="ascii"))


def piped(folder, mib):
    file = folder / "piped"
    with subprocess.Popen([fleet.program("printing_task"), str(mib), file],
                          stdout=subprocess.PIPE) as printer:
        subprocess.run(["cat"], stdin=printer.stdout, stdout=subprocess.DEVNULL, check=True)
    return pace_of(file)


def as_job(folder, mib, number):
    jobs = folder / f"prints-{number}.csv"
    jobs.write_text("job_id\nprints\n", encoding="ascii")
    file = folder / "as_job"
    subprocess.run([fleet.holdfast(), "run", jobs, "--", fleet.program("printing_task"), str(mib), file],
                   stderr=subprocess.DEVNULL, check=True)
    kept = subprocess.run([fleet.holdfast(), "logs", "--state", f"{jobs}.holdfast", "prints"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    return pace_of(file), len(kept)


def rows(folder, quick):
    folder = pathlib.Path(folder) / "output"
    os.mkdir(folder)
    mib, rounds = (300, 1) if quick else (3000, 5)
    plain, ours = [], []
    kept = 0
    for number in range(rounds):
        plain.append(piped(folder, mib))
        pace, kept = as_job(folder, mib, number)
        ours.append(pace)
    yield report.Row(
        f"output of a program that prints {mib} MiB as fast as it is taken",
        [f"{report.median(ours):,.0f} MB/s; {kept / 1e6:.1f} MB kept"],
        [f"{report.median(plain):,.0f} MB/s through a pipe into cat"],
        f"{REACH} MB/s", report.median(ours) >= REACH)
