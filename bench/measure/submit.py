"""How fast a list of jobs is in the queue, confirmed, and with how much memory."""
import re

import fleet
import report

WANTED_PER_SECOND = 25_000
# Peaks of two runs differ by so much without any reason.
FLAT_KIB = 1024


def rate_said(text):
    return float(re.search(r"submitted, ([\d,]+) a second", text)[1].replace(",", ""))


def speed(folder, broker, quick):
    jobs = 5_000 if quick else 200_000
    one_by_one = 500 if quick else 3_000
    whole, published, bare = [], [], []
    with fleet.Fleet(folder, broker) as place:
        version = place.broker_version()
        path = place.write_list(jobs)
        for _ in range(1 if quick else 3):  # By turns: what else the machine does hits both.
            place.empty_queue()
            done = place.submit(path)
            whole.append(jobs / done["seconds"])
            published.append(rate_said(done["said"]))
            place.empty_queue()
            bare.append(float(place.bare(["bare_publisher", place.queue, str(jobs)])[0]))
        place.empty_queue()
        guide = place.start_python("guide_submit.py", str(one_by_one))
        guide_rate = float(guide.communicate(timeout=fleet.RUN_SECONDS_MAX)[0])
    middle = report.median(whole)
    return report.Row(
        f"submit {report.grouped(jobs)} jobs, confirmed, quorum queue of RabbitMQ {version}",
        [f"{report.grouped(middle)} jobs/s, the whole command",
         f"{report.grouped(report.median(published))} jobs/s while it publishes"],
        [f"{report.grouped(report.median(bare))} jobs/s: librabbitmq alone, window 1,000 "
         f"(ours is {middle / report.median(bare):.0%})",
         f"{report.grouped(guide_rate)} jobs/s: the guide's script with confirms"],
        f">= {report.grouped(WANTED_PER_SECOND)} jobs/s", middle >= WANTED_PER_SECOND)


def memory(folder, quick):
    sizes = (1_000, 5_000, 20_000) if quick else (10_000, 200_000, 1_000_000)
    peaks = []
    with fleet.Fleet(folder) as place:
        for jobs in sizes:
            place.empty_queue()
            peaks.append(place.submit(place.write_list(jobs))["peak_kib"])
        version = place.broker_version()
    return report.Row(
        f"submit, peak memory, RabbitMQ {version}",
        [f"{report.mib(peak)} with {report.grouped(jobs)} lines"
         for jobs, peak in zip(sizes, peaks)],
        ["8.0 MiB of it at most are the cache of the ledger, which short lists do not fill"],
        "flat", peaks[-1] - peaks[0] <= FLAT_KIB)


def rows(folder, quick):
    yield speed(folder, "HOLDFAST_TEST_AMQP_URL", quick)
    yield speed(folder, "HOLDFAST_TEST_AMQP4_URL", quick)
    yield memory(folder, quick)
