"""Makes the wheel: holdfast.py, and the static program as a script. A wheel is a zip archive with a
list of its files; it needs no tool but Python, and this way the same bytes come out each time."""
import argparse
import base64
import hashlib
import os
import pathlib
import time
import zipfile

PLATFORMS = {"amd64": "manylinux2014_x86_64", "arm64": "manylinux2014_aarch64"}


def main():
    parser = argparse.ArgumentParser()
    for name in ("version", "architecture", "program", "module", "page", "out"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("licences", nargs="*")
    options = parser.parse_args()

    name = f"holdfast-{options.version}"
    tag = f"py3-none-{PLATFORMS[options.architecture]}"
    read = lambda path: pathlib.Path(path).read_bytes()
    files = {"holdfast.py": read(options.module),
             f"{name}.data/scripts/holdfast": read(options.program),
             f"{name}.dist-info/METADATA": (
                 "Metadata-Version: 2.1\nName: holdfast\n"
                 f"Version: {options.version}\n"
                 "Summary: Run long jobs on machines that may vanish, and lose none of them\n"
                 "License: Apache-2.0\nRequires-Python: >=3.8\n"
                 "Classifier: License :: OSI Approved :: Apache Software License\n"
                 "Classifier: Operating System :: POSIX :: Linux\nClassifier: Typing :: Typed\n"
                 "Description-Content-Type: text/markdown\n\n").encode() + read(options.page),
             f"{name}.dist-info/WHEEL": (
                 f"Wheel-Version: 1.0\nGenerator: packaging/wheel.py\nRoot-Is-Purelib: false\n"
                 f"Tag: {tag}\n").encode()}
    for licence in options.licences:
        files[f"{name}.dist-info/licenses/{pathlib.Path(licence).name}"] = read(licence)

    lines = []
    for path, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(data)}\n")
    record = f"{name}.dist-info/RECORD"
    files[record] = "".join(lines + [f"{record},,\n"]).encode()

    when = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))[:6]
    with zipfile.ZipFile(f"{options.out}/{name}-{tag}.whl", "w") as archive:
        for path, data in files.items():
            entry = zipfile.ZipInfo(path, when)
            entry.external_attr = (0o100755 if "/scripts/" in path else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)


main()
