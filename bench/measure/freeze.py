"""How long a task stands still for a snapshot of 1 GiB of which 1 % changed."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import fleet
import report

MILLISECONDS_MAX = 50
SHARES = {"files": "1 % of 64 files", "file": "1 % of one file", "small": "1 % of 65,536 files"}


def taken(folder, kind, mib):
    """Milliseconds of the snapshots that follow a change."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        done = subprocess.run([fleet.program("frozen_directory"), place, kind, str(mib)],
                              capture_output=True, text=True, check=True)
    return [float(line) for line in done.stdout.split()][1:]


@contextlib.contextmanager
def disk_with_reflink(folder, mib):
    """An XFS of our own in a file; None where the kernel has no loop devices or no XFS for us."""
    if not shutil.which("mkfs.xfs"):
        yield None
        return
    image, mount = pathlib.Path(folder) / "xfs.image", pathlib.Path(folder) / "xfs"
    mount.mkdir()
    with open(image, "wb") as file:
        file.truncate((mib * 4 + 1024) << 20)
    made = subprocess.run(["mkfs.xfs", "-q", "-m", "reflink=1", str(image)], check=False)
    mounted = made.returncode == 0 and subprocess.run(
        ["mount", "-o", "loop", str(image), str(mount)], check=False).returncode == 0
    try:
        yield mount if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", str(mount)], check=True)
        image.unlink()


def copied_at(folder, mib):
    """Milliseconds that dd needs for the same bytes, on the same disk: its speed."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        source, target = pathlib.Path(place) / "a", pathlib.Path(place) / "b"
        source.write_bytes(os.urandom(mib << 20))
        begin = time.monotonic()
        subprocess.run(["dd", f"if={source}", f"of={target}", "bs=1M", "status=none"], check=True)
        return (time.monotonic() - begin) * 1000


def rows(folder, quick):
    mib = 64 if quick else 1024
    with disk_with_reflink(folder, mib) as disk:
        if disk is None:
            yield report.Row(f"freeze, {mib} MiB, reflink", ["no XFS could be mounted here"], [""],
                             f"<= {MILLISECONDS_MAX} ms", False)
        else:
            for kind in ("files", "file", "small"):
                times = taken(disk, kind, mib)
                middle = report.median(times)
                yield report.Row(
                    f"freeze of {mib} MiB with reflink, {SHARES[kind]} changed",
                    [f"{middle:.1f} ms, median of {len(times)}; {max(times):.1f} ms at most"], [""],
                    f"<= {MILLISECONDS_MAX} ms", middle <= MILLISECONDS_MAX)
    changed = max(16, mib // 64)
    speed = copied_at(folder, changed)
    times = taken(folder, "files", mib)
    middle = report.median(times)
    yield report.Row(
        f"freeze of {mib} MiB on {folder_type(folder)}, {SHARES['files']} changed",
        [f"{middle:.1f} ms, median of {len(times)}"],
        [f"{speed:.1f} ms: dd of {changed} MiB on the same disk"],
        "that copy", middle <= speed * 2 + 10)


def folder_type(folder):
    return subprocess.run(["stat", "--file-system", "--format=%T", str(folder)],
                          capture_output=True, text=True, check=True).stdout.strip()
