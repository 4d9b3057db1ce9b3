"""Many short jobs, many workers, a fault every second; at the end an accountant reads bucket and
queues. ./dev soak is the way in; soak.py --help says what can be asked for."""
import argparse
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import pika

import accountant
import fleet
import plan

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import services

WORK_SHARE = 0.4          # Of the workers' time, if nothing went wrong.
STEPS = (3, 12)
REFUSED_SHARE = 0.01      # Jobs that can never work: dead, with cause.
END_SECONDS_MAX = 300     # After the last fault, for all to end; and once more for the last worker.
LOOK_SECONDS = 2


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long faults go on (10)")
    parser.add_argument("--seed", type=int, default=1, help="of jobs and faults (1)")
    parser.add_argument("--jobs", type=int, default=2000, help="how many (2000)")
    parser.add_argument("--workers", type=int, default=16, help="how many at a time (16)")
    parser.add_argument("--broker", choices=("3", "4"), default="3",
                        help="RabbitMQ 3.10 or 4.0 (3)")
    return parser.parse_args()


class Soak:
    def __init__(self, wishes, folder):
        self.wishes = wishes
        self.folder = folder
        self.suffix = "" if wishes.broker == "3" else "4"
        self.program = services.variable("HOLDFAST_TEST_PROGRAM")
        self.task = services.variable("HOLDFAST_TEST_SLOW_SUM")
        self.name = f"soak-{wishes.seed}-{os.getpid()}"
        self.seconds = int(wishes.minutes * 60)
        dice = random.Random(wishes.seed)
        self.steps = {f"{self.name}-{number}":
                      None if dice.random() < REFUSED_SHARE else dice.randint(*STEPS)
                      for number in range(wishes.jobs)}
        self.jobs = {job: None if steps is None else str(steps * (steps + 1) // 2)
                     for job, steps in self.steps.items()}
        all_steps = sum(steps or 0 for steps in self.steps.values())
        step_ms = int(self.seconds * 1000 * WORK_SHARE * wishes.workers / all_steps)
        self.bucket_name = services.variable("HOLDFAST_TEST_S3_BUCKET")
        self.bucket = services.s3_client()
        self.url = services.variable(f"HOLDFAST_TEST_AMQP{self.suffix}_URL")
        self.environment = dict(
            os.environ,
            AMQP_URL=self.url + "?heartbeat=5",
            JOB_QUEUE=self.name,
            R2_S3_ENDPOINT_URL=services.variable("HOLDFAST_TEST_S3_ENDPOINT"),
            R2_BUCKET_NAME=self.bucket_name,
            R2_AWS_ACCESS_KEY_ID=services.variable("HOLDFAST_TEST_S3_ACCESS_KEY"),
            R2_AWS_SECRET_ACCESS_KEY=services.variable("HOLDFAST_TEST_S3_SECRET_KEY"),
            SLOW_SUM_STEP_MS=str(step_ms))
        self.store_place = f"s3://{self.bucket_name}/{self.name}"
        self.store = self.proxy_before(self.environment["R2_S3_ENDPOINT_URL"], wishes.seed)
        self.store_url = fleet.through(self.environment["R2_S3_ENDPOINT_URL"], self.store.port)
        self.slots = []
        self.timers = []

    @staticmethod
    def proxy_before(url, seed):
        return fleet.proxy_before(url, seed)

    def later(self, seconds, action):
        timer = threading.Timer(seconds, action)
        timer.daemon = True
        self.timers.append(timer)
        timer.start()

    def run(self, *words):
        done = subprocess.run([self.program, *words], env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
        if done.returncode != 0:
            raise SystemExit(f"holdfast {words[0]} failed: {done.stderr[-2000:]}")

    def submit(self):
        path = self.folder / "jobs.csv"
        with open(path, "w", encoding="ascii") as jobs:
            jobs.write("job_id,steps\n")
            jobs.writelines(f"{job},{'none' if steps is None else steps}\n"
                            for job, steps in self.steps.items())
        self.run("setup")
        self.run("submit", "--ledger", str(self.folder / "ledger"), str(path))

    def broker_control(self, *words):
        """In a thread of its own: other faults go on meanwhile."""
        def act():
            for program, word in words:
                subprocess.run([services.variable(program + self.suffix), word], check=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        thread = threading.Thread(target=act)
        self.timers.append(thread)
        thread.start()

    def store_fault(self, fault, value, seconds):
        self.store.begin(fault, value)
        self.later(min(seconds, 3), self.store.heal)

    def make(self, fault):
        slot = self.slots[fault.worker]
        ctl, power = "HOLDFAST_TEST_RABBITMQCTL", "HOLDFAST_TEST_BROKER_CONTROL"
        {"kill": slot.kill,
         "freeze": lambda: slot.freeze(fault.length),
         "drain": slot.drain,
         "cut one": slot.broker.cut,
         "cut all": lambda: [each.broker.cut() for each in self.slots],
         "store 5xx": lambda: self.store_fault("answer", 503, fault.length),
         "store 429": lambda: self.store_fault("answer", 429, fault.length),
         "store slow": lambda: self.store_fault("slow", 1.5, fault.length),
         "store loses answers": lambda: self.store_fault("lose", 0.5, fault.length),
         "store away": lambda: self.store_fault("away", None, fault.length),
         "broker restarted": lambda: self.broker_control((ctl, "stop_app"), (ctl, "start_app")),
         "broker killed": lambda: self.broker_control((power, "kill"), (power, "start")),
         }[fault.kind]()

    def soak(self, faults):
        self.slots = [fleet.Slot(self, number) for number in range(self.wishes.workers)]
        begin = time.monotonic()
        for fault in faults:
            time.sleep(max(0.0, begin + fault.second - time.monotonic()))
            self.make(fault)
            for slot in self.slots:
                slot.again()
        for timer in self.timers:
            timer.join()
        self.store.heal()

    def ask(self, question):
        """question(channel), on a connection of its own."""
        connection = pika.BlockingConnection(pika.URLParameters(self.url))
        try:
            return question(connection.channel())
        finally:
            connection.close()

    def left(self):
        """Jobs that have neither a result nor a dead letter."""
        keys = set(accountant.objects_below(self.bucket, self.bucket_name, self.name + "/"))
        missing = sum(f"{self.name}/{job}/result.txt" not in keys
                      for job, result in self.jobs.items() if result is not None)
        refused = sum(result is None for result in self.jobs.values())
        dead = self.ask(lambda channel: channel.queue_declare(self.name + ".dead", passive=True))
        return missing + max(0, refused - dead.method.message_count)

    def work_off(self):
        """Until every job has ended, or it takes too long; then what is still in the queue."""
        until = time.monotonic() + END_SECONDS_MAX
        while self.left() and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
            for slot in self.slots:
                slot.again()
        wrong = self.end_workers()
        last = fleet.Slot(self, self.wishes.workers, ["--until-empty"])
        self.slots.append(last)
        try:
            code = last.process.wait(END_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            code = "not at all"
        return wrong if code == 0 else wrong + [f"the last worker ended {code}, not with 0"]

    def end_workers(self):
        codes = [slot.end() for slot in self.slots]
        return [f"the worker in slot {number} ended with {code} when it was drained, not 0"
                for number, code in enumerate(codes) if code != 0]

    def account(self):
        return accountant.check_bucket(self.bucket, self.bucket_name, self.name, self.jobs) + \
            self.ask(lambda channel: accountant.check_queues(channel, self.name, self.jobs))

    def remove_queues(self):
        for end in ("", ".dead", ".retry.30s", ".retry.300s", ".retry.1800s"):
            self.ask(lambda channel, name=self.name + end: channel.queue_delete(name))


def main():
    wishes = arguments()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="holdfast-soak."))
    soak = Soak(wishes, folder)
    faults = plan.draw(wishes.seed, soak.seconds, wishes.workers)
    history = "\n".join(fault.text() for fault in faults)
    (folder / "plan").write_text(history + "\n")
    print(history, flush=True)
    begin = time.monotonic()
    wrong = []
    try:
        soak.submit()
        soak.soak(faults)
        wrong = soak.work_off()
        wrong += soak.account()
    finally:
        soak.end_workers()
        lives = sum(slot.lives for slot in soak.slots)
        print(f"\n{wishes.jobs} jobs, {wishes.workers} workers at a time, {lives} in all, "
              f"{len(faults)} faults, seed {wishes.seed}: {time.monotonic() - begin:.0f} s")
    soak.remove_queues()
    if not wrong:
        dead = sum(result is None for result in soak.jobs.values())
        print(f"{wishes.jobs - dead} jobs have their one right result, {dead} are dead with their "
              "cause; none lost, none twice, both queues as they must be.")
        shutil.rmtree(folder, ignore_errors=True)
        return 0
    print("\n".join(wrong[:50]))
    print(f"{len(wrong)} things are wrong. What the workers said, and the plan, is kept in "
          f"{folder}; the jobs' logs are in the bucket below {soak.name}/.")
    return 1


sys.exit(main())
