"""How long it takes to see very many jobs: status, list and the dashboard's first picture.

The index is written as workers leave it (docs/formats.md, The job index): ended jobs in one fold a
shard, running ones as names of empty objects. So it need not be run for to be looked at.
"""
import concurrent.futures
import hashlib
import http.client
import json
import multiprocessing
import os
import pathlib
import re
import subprocess
import tempfile
import time
import urllib.parse

import report
import wire

ENDED, RUNNING = 1_000_000, 10_000
ENDED_QUICK, RUNNING_QUICK = 2_000, 100
COLD = {"seconds": 5, "requests": 600}  # Nothing is cached.
WARM = {"seconds": 1, "requests": 300}
PICTURE = COLD  # The dashboard's first figures, whatever is cached.
MEBIBYTES_MAX = 200
R2_DOLLARS = {"list": 4.50e-6, "get": 0.36e-6}  # A request of that class.
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
LOOKS = {"status": ["status"], "list --state dead": ["list", "--state", "dead"],
         "list --sort lag": ["list", "--sort", "lag"]}
PATIENCE = 120


def base36(number):
    text = ""
    while number or not text:
        number, digit = divmod(number, len(DIGITS))
        text = DIGITS[digit] + text
    return text


def entry(number, running, now):
    job, worker = f"night-{number:07d}", f"wpc-{number % 2500}"
    if running:
        return (f"{job}~3,r,t{base36(now - number % 300)},a1,d{base36(now - number % 900)},"
                f"p{base36(number % 1000)},{worker},u{base36(3_600_000)},g2")
    state, reason, ending = ("d", ",rfailed", "failed") if number % 100 == 0 else ("c", "", "finished")
    return (f"{job}~5,{state},t{base36(now - number % 86400)},a1{reason},s{base36(3600)},{worker},"
            f"e{ending},u{base36(3_600_000 + number % 99999)},l{base36(number % 99999)},g9")


def objects(ended, running):
    """Keys and bytes of an index with so many jobs."""
    now, shards, root = int(time.time()), {}, ".fleet/embedded/index/"
    for number in range(ended + running):
        text = entry(number, number >= ended, now)
        shard = hashlib.sha256(text[:text.index("~")].encode()).hexdigest()[:2]
        if number >= ended:
            yield f"{root}{shard}/{text}", b""
        else:
            shards.setdefault(shard, []).append(text)
    for shard, lines in shards.items():
        raw = ("holdfast job index 1\n" + "\n".join(sorted(lines)) + "\n").encode()
        fold = subprocess.run(["zstd", "-q", "-c", f"--stream-size={len(raw)}"], input=raw,
                              capture_output=True, check=True).stdout
        yield f"{root}{shard}~/{hashlib.sha256(fold).hexdigest()}", fold
    yield ".fleet/embedded/index-complete", b""


def elsewhere(fill, *arguments):
    """In a process of its own: what this one ever held would count as the memory of those that it starts."""
    process = multiprocessing.Process(target=fill, args=arguments)
    process.start()
    process.join()
    if process.exitcode != 0:
        raise SystemExit("The index could not be written.")


def fill_folder(folder, ended, running):
    for key, content in objects(ended, running):
        file = pathlib.Path(folder, key)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def fill_bucket(prefix, ended, running):
    import boto3  # Debian's; a folder alone is measured without it.
    import botocore.config
    client = boto3.client(
        "s3", endpoint_url=os.environ["HOLDFAST_TEST_S3_ENDPOINT"], region_name="auto",
        aws_access_key_id=os.environ["HOLDFAST_TEST_S3_ACCESS_KEY"],
        aws_secret_access_key=os.environ["HOLDFAST_TEST_S3_SECRET_KEY"],
        config=botocore.config.Config(max_pool_connections=16, s3={"addressing_style": "path"}))
    bucket = os.environ["HOLDFAST_TEST_S3_BUCKET"]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda one: client.put_object(Bucket=bucket, Key=f"{prefix}/{one[0]}", Body=one[1]),
                      objects(ended, running)))


class Seen:
    """One look: seconds, requests by kind, and the peak of its memory in MiB."""

    def __init__(self, seconds, calls, mebibytes):
        self.seconds, self.calls, self.mebibytes = seconds, calls, mebibytes

    @property
    def requests(self):
        return len(self.calls)

    def dollars(self):
        return sum(R2_DOLLARS[kind] for kind in self.calls)

    def text(self):
        requests = f", {self.requests} requests (${self.dollars():.4f} on R2)" if self.calls else ""
        return f"{self.seconds:.2f} s{requests}, {self.mebibytes:.0f} MiB"


class Eyes:
    """Looks at one index, in a folder or, with `bucket`, through a proxy that counts."""

    def __init__(self, folder, bucket=None):
        self.calls, self.across = [], None
        self.environment = {**os.environ, "XDG_CACHE_HOME": f"{folder}/cache"}
        self.places = ["--queue", f"sqlite:{folder}/queue", "--store"]
        pathlib.Path(folder, "queue").mkdir()
        subprocess.run([os.environ["HOLDFAST_TEST_PROGRAM"], "setup", *self.places[:2]], check=True,
                       capture_output=True)
        if bucket is None:
            self.places.append(f"file:{folder}/store")
            return
        self.across = wire.between(os.environ["HOLDFAST_TEST_S3_ENDPOINT"],
                                   lambda: (wire.HttpRequests(self.note), None))
        self.places.append(f"s3://{os.environ['HOLDFAST_TEST_S3_BUCKET']}/{bucket}")
        self.environment |= {
            "R2_S3_ENDPOINT_URL": self.across.instead_of(os.environ["HOLDFAST_TEST_S3_ENDPOINT"]),
            "R2_AWS_ACCESS_KEY_ID": os.environ["HOLDFAST_TEST_S3_ACCESS_KEY"],
            "R2_AWS_SECRET_ACCESS_KEY": os.environ["HOLDFAST_TEST_S3_SECRET_KEY"]}

    def note(self, method, target, _headers):
        self.calls.append("list" if "list-type" in target or method != "GET" else "get")

    def forget(self):
        subprocess.run(["rm", "-rf", self.environment["XDG_CACHE_HOME"]], check=True)

    def start(self, words):
        self.calls.clear()
        return subprocess.Popen([os.environ["HOLDFAST_TEST_PROGRAM"], *words, *self.places],
                                env=self.environment, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True)

    def look(self, words):
        begin = time.monotonic()
        process = self.start(words)
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0 or not output:
            raise SystemExit(f"{words} failed with {process.returncode}")
        return Seen(time.monotonic() - begin, list(self.calls), used.ru_maxrss / 1024), output

    def first_paint(self):
        """From the dashboard's start until a page has its figures."""
        begin = time.monotonic()
        process = self.start(["dashboard", "--listen", "127.0.0.1:0"])
        address = urllib.parse.urlsplit(re.search(r"http://\S+", process.stdout.readline()).group())
        token = address.fragment.split("token=")[-1] if "token=" in address.fragment else \
            urllib.parse.parse_qs(address.query)["token"][0]
        connection = http.client.HTTPConnection(address.netloc, timeout=PATIENCE)
        overview = {}
        while not overview.get("total"):  # Ends with the figures, or the reader's patience.
            for path in ("/", "/app.js", "/style.css") if not overview else ():
                connection.request("GET", path)
                connection.getresponse().read()
            connection.request("GET", "/api/overview", headers={"Authorization": f"Bearer {token}"})
            overview = json.loads(connection.getresponse().read())
            if time.monotonic() - begin > PATIENCE:
                raise SystemExit("The dashboard shows nothing.")
            time.sleep(0.02)
        seconds, calls = time.monotonic() - begin, list(self.calls)
        process.terminate()
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
        return Seen(seconds, calls, used.ru_maxrss / 1024)


def within(seen, most):
    return (seen.seconds <= most["seconds"] and seen.requests <= most["requests"]
            and seen.mebibytes <= MEBIBYTES_MAX)


def rows_of(eyes, where, ended, running):
    count = report.grouped(ended + running)
    reach = (f"cold {COLD['seconds']} s, {COLD['requests']} requests; warm {WARM['seconds']} s, "
             f"{WARM['requests']}; {MEBIBYTES_MAX} MiB")
    for name, words in LOOKS.items():
        eyes.forget()
        cold, output = eyes.look(words)
        if name == "status" and report.grouped(ended // 100 * 99) not in output.replace("\u202f", ","):
            raise SystemExit(f"status counts wrongly:\n{output}")
        warm, _ = eyes.look(words)
        yield report.Row(f"{name} of {count} jobs, {where}", [f"cold {cold.text()}", f"warm {warm.text()}"],
                         [], reach, within(cold, COLD) and within(warm, WARM))
    eyes.forget()
    cold, warm = eyes.first_paint(), eyes.first_paint()
    yield report.Row(f"dashboard's first figures of {count} jobs, {where}",
                     [f"cold {cold.text()}", f"warm {warm.text()}"], [],
                     f"{PICTURE['seconds']} s, {PICTURE['requests']} requests; {MEBIBYTES_MAX} MiB",
                     within(cold, PICTURE) and within(warm, PICTURE))


def rows(folder, quick):
    ended, running = (ENDED_QUICK, RUNNING_QUICK) if quick else (ENDED, RUNNING)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        elsewhere(fill_folder, f"{place}/store", ended, running)
        yield from rows_of(Eyes(place), "in a folder", ended, running)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        bucket = f"seen-{os.getpid()}-{time.time_ns()}"
        elsewhere(fill_bucket, bucket, ended, running)
        eyes = Eyes(place, bucket)
        yield from rows_of(eyes, "on S3", ended, running)
        eyes.across.close()
