"""What a user would take to copy a folder or one object out of a bucket, beside ours. They are in packaging/packages-bench.txt; a machine
that lacks one measures without it."""
import shutil
import subprocess

import transfer


class Rclone:
    name = "rclone"
    program = "rclone"

    def copy(self, place, below, target):
        """All below a prefix, which ends with a slash, or one object."""
        command = "copy" if below.endswith("/") else "copyto"
        to = target if command == "copy" else target / "object"
        return place.run(["rclone", command, "--config", str(place.folder / "none"), "--s3-provider", "Ceph",
                          "--s3-endpoint", place.endpoint, "--s3-env-auth", f":s3:{place.bucket}/{below}", str(to)])


class Aws:
    name = "awscli"
    program = "/usr/bin/aws"

    def copy(self, place, below, target):
        many = ["--recursive"] if below.endswith("/") else []
        to = f"{target}/" if many else str(target / "object")
        return place.run([self.program, "s3", "cp", "--quiet", *many, "--endpoint-url", place.endpoint,
                          f"s3://{place.bucket}/{below}", to])


def there():
    found = []
    for mover in (Rclone(), Aws()):
        if not shutil.which(mover.program):
            continue
        runs = subprocess.run([mover.program, "--version"], capture_output=True, check=False)
        if runs.returncode == 0:
            found.append(mover)
    return found


def copy(place, mover, below, wanted_bytes):
    """Seconds. Into an empty folder in memory, which is gone afterwards."""
    target = place.folder / "target"
    target.mkdir()
    seconds = mover.copy(place, below, target)[0]
    got = sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
    shutil.rmtree(target)
    if got != wanted_bytes:
        raise SystemExit(f"{mover.name} brought {got} bytes of {wanted_bytes}.")
    return seconds


def fill(place, below, count, size):
    """`count` objects of random bytes."""
    for number in range(count):
        source = place.folder / "one"
        transfer.random_bytes(source, size)
        key = below if count == 1 else f"{below}{number:05}"
        place.bucket_handle.upload_file(str(source), key)
        source.unlink()
