"""What a checkpoint of very many files costs, and one of a file that is nearly all hole."""
import dataclasses
import os
import pathlib
import subprocess
import tempfile

import fleet
import report

FILES, FILES_QUICK = 300_000, 5_000
MEMORY_MIB_MAX = 64
HOLE_GIB = 64
HOLE_SECONDS_MAX = 0.1


@dataclasses.dataclass
class Saved:
    """One checkpoint, as many_files tells of it."""
    frozen_ms: float
    taken_s: float
    stored_s: float
    content_bytes: int
    list_bytes: int
    requests: int
    memory_mib: float


def measured(place, files, seconds_max=None):
    """Three checkpoints (the second of nothing new), and seconds and memory of a restore."""
    done = subprocess.run([fleet.program("many_files"), str(place), str(files)],
                          capture_output=True, text=True, check=True, timeout=seconds_max)
    lines = [line.split() for line in done.stdout.splitlines()]
    saved = [Saved(*map(float, line[:3]), *map(int, line[3:6]), float(line[6]))
             for line in lines[:-1]]
    return saved, (float(lines[-1][0]), float(lines[-1][1]))


def rows_of(folder, files, seconds_max=None):
    with tempfile.TemporaryDirectory(dir=folder) as place:
        (first, same, one), (restore_s, restore_mib) = measured(place, files, seconds_max)
    count = report.grouped(files)
    yield report.Row(
        f"checkpoint of {count} files, nothing changed",
        [f"{same.requests} requests, {same.content_bytes + same.list_bytes} bytes sent, "
         f"{same.memory_mib:.1f} MiB at most", f"{same.taken_s + same.stored_s:.2f} s, of which "
         f"the program stands still for {same.frozen_ms:.1f} ms"],
        [f"the first one: {first.taken_s + first.stored_s:.1f} s, {first.requests} requests, "
         f"{first.content_bytes:,} bytes and {first.list_bytes:,} of list"],
        f"1 request, 0 bytes, {MEMORY_MIB_MAX} MiB",
        same.requests <= 1 and same.content_bytes + same.list_bytes == 0
        and same.memory_mib <= MEMORY_MIB_MAX)
    yield report.Row(
        f"the same, one of {count} files changed",
        [f"{one.requests} requests, {one.content_bytes:,} bytes and {one.list_bytes:,} of list",
         f"{one.taken_s + one.stored_s:.2f} s, standing still {one.frozen_ms:.1f} ms"],
        [f"restore: {restore_s:.1f} s, {restore_mib:.1f} MiB at most"],
        f"{MEMORY_MIB_MAX} MiB", max(one.memory_mib, restore_mib) <= MEMORY_MIB_MAX)


def hole_row(folder):
    with tempfile.TemporaryDirectory(dir=folder) as place:
        inner = pathlib.Path(place) / "work" / "0"
        inner.mkdir(parents=True)
        with open(inner / "hole", "wb") as file:
            file.truncate(HOLE_GIB << 30)
        os.sync()
        (first, *_), (restore_s, _) = measured(place, 1)
    seconds = first.taken_s + first.stored_s
    return report.Row(
        f"checkpoint of a file of {HOLE_GIB} GiB without data", [f"{seconds:.2f} s"],
        [f"restore {restore_s:.2f} s"], f"<= {HOLE_SECONDS_MAX} s", seconds <= HOLE_SECONDS_MAX)


def rows(folder, quick):
    yield from rows_of(folder, FILES_QUICK if quick else FILES)
    yield hole_row(folder)
