"""One large file to the store and back: by what a worker does with a checkpoint, and by what a user
would take instead. All of them move the same random bytes between memory and the same gateway."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

import boto3

import fleet
import report

MIB = 1 << 20
WALL_SHARE_MAX = 0.85
PROCESSOR_SHARE_MAX = 0.65
RESIDENT_KIB_MAX = 64 * 1024
RUN_SECONDS_MAX = 300
HERE = pathlib.Path(__file__).resolve().parent


class Place:
    """A folder in memory, and a prefix in the bucket."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.prefix = f"bench-move-{os.getpid()}"
        self.endpoint = fleet.variable("HOLDFAST_TEST_S3_ENDPOINT")
        self.bucket = fleet.variable("HOLDFAST_TEST_S3_BUCKET")
        self.access = fleet.variable("HOLDFAST_TEST_S3_ACCESS_KEY")
        self.secret = fleet.variable("HOLDFAST_TEST_S3_SECRET_KEY")
        self.environment = dict(
            os.environ, R2_S3_ENDPOINT_URL=self.endpoint, R2_BUCKET_NAME=self.bucket,
            R2_AWS_ACCESS_KEY_ID=self.access, R2_AWS_SECRET_ACCESS_KEY=self.secret,
            AWS_ACCESS_KEY_ID=self.access, AWS_SECRET_ACCESS_KEY=self.secret,
            AWS_DEFAULT_REGION="us-east-1", AWS_EC2_METADATA_DISABLED="true")
        self.environment.pop("AWS_CA_BUNDLE", None)  # rclone takes it amiss.
        self.bucket_handle = boto3.resource(
            "s3", endpoint_url=self.endpoint, region_name="us-east-1",
            aws_access_key_id=self.access, aws_secret_access_key=self.secret).Bucket(self.bucket)

    def remove_objects(self):
        self.bucket_handle.objects.filter(Prefix=self.prefix).delete()

    def run(self, words, **environment):
        """Seconds by the wall, seconds of processor, peak KiB, and what was printed."""
        result = self.folder / "report"
        done = subprocess.run(
            [fleet.program("measured_run"), str(result), *words], check=False,
            env=dict(self.environment, **environment), capture_output=True, text=True,
            timeout=RUN_SECONDS_MAX)
        if done.returncode != 0:
            raise SystemExit(f"{words[0]} failed: {done.stderr[-2000:]}")
        wall, processor, peak = result.read_text(encoding="ascii").split()
        return float(wall), float(processor), int(peak), done.stdout


class Ours:
    name = "holdfast"
    seen = 0

    def up(self, place, source):
        Ours.seen += 1
        self.prefix = f"{place.prefix}/ours-{Ours.seen}"
        took = place.run([fleet.program("moved_directory"), "up", self.prefix, str(source.parent)])
        self.checkpoint = took[3].split()[:3]
        return took

    def down(self, place, target):
        return place.run([fleet.program("moved_directory"), "down", self.prefix,
                          str(target.parent), *self.checkpoint])


class Curl:
    name = "curl"

    def words(self, place):
        return ["curl", "--silent", "--show-error", "--fail", "--aws-sigv4",
                "aws:amz:us-east-1:s3", "--user", f"{place.access}:{place.secret}",
                "--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD"]

    def url(self, place):
        return f"{place.endpoint}/{place.bucket}/{place.prefix}/curl"

    def up(self, place, source):
        return place.run([*self.words(place), "--upload-file", str(source), self.url(place)])

    def down(self, place, target):
        return place.run([*self.words(place), "--output", str(target), self.url(place)])


class Rclone:
    name = "rclone"

    def words(self, place, source, target):
        return ["rclone", "copyto", "--config", str(place.folder / "none"), "--s3-provider", "Ceph",
                "--s3-endpoint", place.endpoint, "--s3-env-auth", source, target]

    def there(self, place):
        return f":s3:{place.bucket}/{place.prefix}/rclone"

    def up(self, place, source):
        return place.run(self.words(place, str(source), self.there(place)))

    def down(self, place, target):
        return place.run(self.words(place, self.there(place), str(target)))


class AwsCrt:
    """awscli's own engine in C; it knows no port but 80."""

    name = "awscli with CRT"

    def run(self, place, source, target):
        config = place.folder / "aws-config"
        config.write_text("[default]\ns3 =\n  preferred_transfer_client = crt\n"
                          "  addressing_style = path\n", encoding="ascii")
        port = urllib.parse.urlsplit(place.endpoint).port
        return place.run(
            ["aws", "s3", "cp", "--quiet", "--endpoint-url", "http://127.0.0.1", source, target],
            AWS_CONFIG_FILE=str(config), LD_PRELOAD=fleet.program("libother_port.so"),
            HOLDFAST_BENCH_PORT=str(port))

    def there(self, place):
        return f"s3://{place.bucket}/{place.prefix}/crt"

    def up(self, place, source):
        return self.run(place, str(source), self.there(place))

    def down(self, place, target):
        return self.run(place, self.there(place), str(target))


class Boto3:
    name = "boto3"

    def run(self, place, direction, path):
        return place.run([sys.executable, "-B", str(HERE / "boto_mover.py"), direction,
                          place.bucket, place.prefix + "/boto3", str(path)])

    def up(self, place, source):
        return self.run(place, "up", source)

    def down(self, place, target):
        return self.run(place, "down", target)


def random_bytes(path, size):
    with open(path, "wb") as file:
        for begin in range(0, size, MIB):
            file.write(os.urandom(min(MIB, size - begin)))


def random_file(path, mib):
    random_bytes(path, mib * MIB)


def same(one, other):
    return subprocess.run(["cmp", "--silent", str(one), str(other)], check=False).returncode == 0


def measure(place, movers, mib, rounds):
    """{direction: {name: [(wall, processor, peak)]}}, by turns."""
    taken = {"up": {}, "down": {}}
    source = place.folder / "source" / "file"
    source.parent.mkdir()
    random_file(source, mib)
    for number in range(rounds + 1):  # The first, which touches fresh memory, is not counted.
        for mover in movers:
            target = place.folder / "target" / "file"
            target.parent.mkdir()
            took = {"up": mover.up(place, source), "down": mover.down(place, target)}
            if not same(source, target):
                raise SystemExit(f"{mover.name} brought back something else.")
            shutil.rmtree(target.parent)
            place.remove_objects()
            for direction, values in took.items():
                if number > 0:
                    taken[direction].setdefault(mover.name, []).append(values[:3])
    return taken


def middle(runs):
    return [report.median(values) for values in zip(*runs)]


def rows(folder, quick):
    mib, rounds = (24, 1) if quick else (1024, 3)
    ours = Ours()
    peers = [Curl(), Rclone(), AwsCrt(), Boto3()]
    with tempfile.TemporaryDirectory(prefix="holdfast-bench.", dir="/dev/shm") as memory:
        taken = measure(Place(memory), [ours, *peers], mib, rounds)
    size = "1 GiB" if mib == 1024 else f"{mib} MiB"
    peaks = []
    for direction, word in (("up", "to the store"), ("down", "from the store")):
        wall, processor, _ = middle(taken[direction][ours.name])
        peaks.append(max(run[2] for run in taken[direction][ours.name]))
        beside = {peer.name: middle(taken[direction][peer.name]) for peer in peers}
        best = min(beside, key=lambda name: beside[name][0])
        share = wall / beside[best][0]
        crt = processor / beside[AwsCrt.name][1]
        lines = [f"{name}: {values[0]:.2f} s, {values[1]:.2f} s of processor, "
                 f"{report.mib(values[2])}" for name, values in beside.items()]
        yield report.Row(
            f"{size} {word}, every byte hashed",
            [f"{wall:.2f} s, {share:.2f} of the best ({best})"], lines,
            f"<= {WALL_SHARE_MAX}", share <= WALL_SHARE_MAX)
        yield report.Row(
            f"the same, processor of the client",
            [f"{processor:.2f} s, {crt:.2f} of awscli with CRT"], ["as above"],
            f"<= {PROCESSOR_SHARE_MAX}", crt <= PROCESSOR_SHARE_MAX)
    yield report.Row(
        "peak memory while doing so",
        [f"{report.mib(peaks[0])} to the store", f"{report.mib(peaks[1])} from it"], ["as above"],
        "<= 64 MiB", max(peaks) <= RESIDENT_KIB_MAX)
