"""How large the program is that people drop into their images."""
import pathlib
import shutil
import subprocess

import fleet
import report

BYTES_MAX = 15 * 10**6
# What a Python worker needs beside the script; Debian's packages for it.
PYTHON_PACKAGES = ("python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib",
                   "python3-pika", "python3-boto3", "python3-botocore", "python3-s3transfer")


def installed_bytes(packages):
    query = ["dpkg-query", "--show", "--showformat", "${Installed-Size}\n", *packages]
    sizes = subprocess.run(query, stdout=subprocess.PIPE, text=True, check=False).stdout
    return sum(int(size) * 1024 for size in sizes.split())


def is_static(path):
    headers = subprocess.run(["readelf", "--program-headers", path], capture_output=True, text=True,
                             check=True).stdout
    return "INTERP" not in headers


def rows(folder, quick):
    stripped = pathlib.Path(folder) / "stripped"
    shutil.copy(fleet.holdfast(), stripped)
    subprocess.run(["strip", stripped], check=True)
    size = stripped.stat().st_size
    static = is_static(str(stripped))
    yield report.Row(
        "program, stripped",
        [f"{size / 1e6:.1f} MB ({report.grouped(size)} bytes), "
         f"{'needs no library' if static else 'NOT static'}"],
        [f"{installed_bytes(PYTHON_PACKAGES) / 1e6:.0f} MB: Python, pika and boto3 as installed"],
        "<= 15 MB, static", static and size <= BYTES_MAX)
