"""The broker is killed under running workers and comes back after minutes: which attempts were
restarted, which steps done twice?"""
import collections
import re
import subprocess
import time

import fleet
import report

STEP_SECONDS = 1
COMMAND_SECONDS_MAX = 180
TASK = ("i=$(cat step 2>/dev/null || echo 0); while [ $i -lt {steps} ]; do sleep %d; i=$((i+1)); "
        "echo $i >step; echo did $i; done" % STEP_SECONDS)


def control(word):
    subprocess.run([fleet.variable("HOLDFAST_TEST_BROKER_CONTROL"), word], check=True,
                   timeout=COMMAND_SECONDS_MAX)


def start(place, number, steps):
    with open(place.folder / f"w{number}.log", "wb") as log:
        place.processes.append(subprocess.Popen(
            [fleet.holdfast(), "work", "--worker", f"w{number}", "--work-dir",
             str(place.folder / f"w{number}"), "--store",
             f"s3://{place.environment['R2_BUCKET_NAME']}/{place.prefix}", "--checkpoint-every",
             "60s", "--until-empty", "--", "/bin/sh", "-c", TASK.replace("{steps}", str(steps))],
            env=place.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log))


def rows(folder, quick):
    workers, seconds = (3, 5) if quick else (50, 600)
    with fleet.Fleet(folder) as place:
        steps = seconds + (30 if quick else 120)
        place.submit(place.write_list(workers))
        for number in range(workers):
            start(place, number, steps)
        logs = [place.folder / f"w{number}.log" for number in range(workers)]
        fleet.wait_for(lambda: all("did 2" in log.read_text() for log in logs), "all jobs run")
        control("kill")
        time.sleep(seconds)
        control("start")
        for process in place.processes:
            process.wait(steps * STEP_SECONDS * 2 + fleet.RUN_SECONDS_MAX)
        said = "".join(log.read_text() for log in logs)
    # Whoever meets a completed job whose message came back says it once more.
    completed = len(set(re.findall(r"job completed job=(\S+) ", said)))
    attempts = len(re.findall(r"job claimed job=\S+ ", said))
    done = collections.Counter(re.findall(r"(job-\d+) \| did (\d+)", said))
    twice = sum(times - 1 for times in done.values())
    missing = workers * steps - len(done)
    yield report.Row(
        f"broker away for {seconds} s under {workers} workers",
        [f"{attempts - workers} attempts restarted, {twice} steps done twice",
         f"{completed} of {workers} jobs completed, {missing} steps missing"],
        ["the guide's worker begins a second job beside the first, whose result it cannot "
         "acknowledge"],
        "0, 0", attempts == workers and twice == 0 and missing == 0 and completed == workers)
