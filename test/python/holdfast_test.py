"""holdfast.py: alone, with a worker that is played, and under the program itself."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import holdfast

HERE = pathlib.Path(__file__).resolve().parent
MODULE = pathlib.Path(holdfast.__file__).parent
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{MODULE}:{HERE / 'stand_ins'}",
               "PYTHONDONTWRITEBYTECODE": "1"}


class TestCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        os.environ.update(ENVIRONMENT)

    def python(self, code, expect=0, **environment):
        done = subprocess.run([sys.executable, "-c", "import holdfast\n" + code], cwd=self.folder,
                              env={**ENVIRONMENT, **environment}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
        self.assertEqual(done.returncode, expect, done.stdout)
        return done.stdout


class RunTest(TestCase):
    def test_each_ending_has_its_exit_code(self):
        for ending, code in [("FINISHED", 0), ("STOPPED", 85), ("TRY_LATER", 75),
                             ("NODE_UNFIT", 69), ("REFUSED", 65)]:
            self.python(f"holdfast.run(lambda task: holdfast.{ending})", code)
        for ending, code in [("Stopped", 85), ("TryLater", 75), ("NodeUnfit", 69), ("Refused", 65)]:
            said = self.python(f"def main(task):\n  raise holdfast.{ending}('no licence')\n"
                               "holdfast.run(main)", code)
            self.assertIn("no licence", said)
        self.python("holdfast.run(lambda task: None)", 0)
        self.assertIn("ZeroDivisionError", self.python("holdfast.run(lambda task: 1 / 0)", 1))

    def test_nothing_returned_after_a_request_to_stop_is_not_finished(self):
        stop = ("import os, signal\ndef main(task):\n  os.kill(os.getpid(), signal.SIGTERM)\n"
                "  while not task.should_stop: pass\n")
        self.python(stop + "holdfast.run(main)", 85)
        self.python(stop + "  return holdfast.FINISHED\nholdfast.run(main)", 0)

    def test_waiting_ends_at_the_request_to_stop(self):
        begin = time.monotonic()
        self.python("import os, signal, threading\ndef main(task):\n"
                    "  threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()\n"
                    "  assert task.wait_for_stop(300)\nholdfast.run(main)", 85)
        self.assertLess(time.monotonic() - begin, 60)

    def test_it_says_that_it_is_finished_and_nothing_else_does(self):
        for ending, said in [("FINISHED", True), ("None", True), ("STOPPED", False)]:
            line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            line.bind(str(self.folder / "socket"))
            line.settimeout(0.5)
            value = ending if ending == "None" else "holdfast." + ending
            self.python(f"holdfast.run(lambda task: {value})", 85 if ending == "STOPPED" else 0,
                        HOLDFAST_SOCKET=str(self.folder / "socket"))
            try:
                text = line.recv(4096).decode()
            except socket.timeout:
                text = ""
            self.assertEqual("FINISHED=1" in text.split("\n"), said)
            line.close()
            (self.folder / "socket").unlink()

    def test_alone_it_keeps_checkpoints_and_outputs_where_it_stands(self):
        subprocess.run([sys.executable, str(HERE / "count.py")], cwd=self.folder, check=True,
                       env=ENVIRONMENT)
        self.assertEqual((self.folder / "outputs/result.txt").read_text(), "15")
        self.assertEqual(os.listdir(self.folder / "checkpoints"), ["checkpoint-5"])

    def test_the_job_and_its_inputs(self):
        (self.folder / "job.json").write_text('{"job_id": "a", "steps": 1.50}')
        (self.folder / "in").mkdir()
        (self.folder / "in/table.csv").write_text("1,2")
        said = self.python("def main(task):\n  print(task.job['steps'], task.job_id, task.attempt, "
                           "task.inputs['table.csv'].read_text())\nholdfast.run(main)",
                           HOLDFAST_JOB_FILE=str(self.folder / "job.json"), HOLDFAST_JOB_ID="a",
                           HOLDFAST_ATTEMPT="3", HOLDFAST_INPUT_DIR=str(self.folder / "in"))
        self.assertEqual(said, "1.5 a 3 1,2\n")


class CheckpointTest(TestCase):
    def test_a_checkpoint_that_fails_leaves_the_one_before(self):
        self.python("def main(task):\n"
                    "  with task.checkpoint() as folder: (folder / 'a').write_text('1')\n"
                    "  try:\n"
                    "    with task.checkpoint() as folder:\n"
                    "      (folder / 'a').write_text('2')\n      1 / 0\n"
                    "  except ZeroDivisionError: pass\n"
                    "holdfast.run(main)")
        self.assertEqual(os.listdir(self.folder / "checkpoints"), ["checkpoint-1"])
        self.assertEqual((self.folder / "checkpoints/checkpoint-1/a").read_text(), "1")

    def test_killed_in_the_middle_of_saving_the_one_before_is_restored(self):
        self.python("import os\ndef main(task):\n"
                    "  with task.checkpoint() as folder: (folder / 'a').write_text('1')\n"
                    "  with task.checkpoint() as folder:\n"
                    "    (folder / 'a').write_text('2')\n    os.kill(os.getpid(), 9)\n"
                    "holdfast.run(main)", -signal.SIGKILL)
        said = self.python("def main(task):\n  print((task.restored / 'a').read_text())\n"
                           "holdfast.run(main)")
        self.assertEqual(said, "1\n")

    def test_foreign_files_are_given_as_they_are(self):
        (self.folder / "checkpoints").mkdir()
        (self.folder / "checkpoints/checkpoint.json").write_text("{}")
        said = self.python("holdfast.run(lambda task: print(task.restored.name))")
        self.assertEqual(said, "checkpoints\n")


class NewestCompleteTest(TestCase):
    def write(self, name, data):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def newest(self):
        found = holdfast.newest_complete(self.folder)
        return found.name if found else None

    def test_numbers_decide_and_half_written_ones_are_skipped(self):
        self.assertIsNone(holdfast.newest_complete(self.folder / "nowhere"))
        self.assertIsNone(self.newest())
        import zipfile
        with zipfile.ZipFile(str(self.folder / "model-9.pt"), "w") as archive:
            archive.writestr("data", b"x" * 1000)
        whole = (self.folder / "model-9.pt").read_bytes()
        self.assertEqual(self.newest(), "model-9.pt")
        for name, data in [
                ("model-10.pt", whole[:-1]), ("model-11.pt", whole[:500]), ("model-12.pt", b""),
                ("model-13.json", b'{"a": '), ("model-14.pt.tmp", whole), (".model-15.pt", whole),
                ("checkpoint-16/state.json", b""), ("model-17.safetensors", b"\x10" + b"\0" * 7),
                ("checkpoint-18/optimizer.pt", whole)]:
            self.write(name, data)
            self.assertEqual(self.newest(), "model-9.pt", name)
        self.write("epoch=1-step=20.ckpt", whole)
        self.assertEqual(self.newest(), "epoch=1-step=20.ckpt")

    def test_a_trainers_folder_needs_its_state(self):
        self.write("checkpoint-5/trainer_state.json", b"{}")
        self.write("checkpoint-5/training_args.bin", b"x")
        self.write("checkpoint-10/training_args.bin", b"x")
        self.assertEqual(self.newest(), "checkpoint-5")

    def test_safetensors_and_shards(self):
        header = json.dumps({"w": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}}).encode()
        whole = len(header).to_bytes(8, "little") + header + b"abcd"
        index = json.dumps({"weight_map": {"w": "model-1.safetensors"}}).encode()
        self.write("checkpoint-1/model-1.safetensors", whole)
        self.write("checkpoint-1/model.safetensors.index.json", index)
        self.write("checkpoint-2/model-1.safetensors", whole[:-1])
        self.write("checkpoint-3/model.safetensors.index.json", index)
        self.assertEqual(self.newest(), "checkpoint-1")


class RehearseTest(TestCase):
    def rehearse(self, words, **options):
        return holdfast.rehearse([sys.executable, *words], folder=self.folder / "r", **options)

    def test_killed_ten_times_and_stopped_ten_times(self):
        for how in ("kill", "stop"):
            outputs = self.rehearse([str(HERE / "count.py")], job={"steps": 150}, kills=10, how=how)
            self.assertEqual((outputs / "result.txt").read_text(), str(150 * 151 // 2))
            shutil.rmtree(self.folder / "r")

    def test_a_program_that_begins_anew_each_time_is_found(self):
        code = ("import holdfast\nseen = []\ndef main(task):\n"
                "  for step in range(4):\n"
                "    with task.checkpoint() as folder: (folder / 'a').write_text(str(step))\n"
                "    task.wait_for_stop(0.3)\nholdfast.run(main)")
        with self.assertRaises(AssertionError):
            self.rehearse(["-c", code], kills=50, attempts_max=5)

    def test_one_that_calls_itself_finished_when_stopped_is_found(self):
        code = ("import holdfast\ndef main(task):\n"
                "  while not task.should_stop:\n"
                "    with task.checkpoint() as folder: (folder / 'a').write_text('')\n"
                "    task.wait_for_stop(0.05)\n"
                "  return holdfast.FINISHED\nholdfast.run(main)")
        with self.assertRaises(AssertionError):
            self.rehearse(["-c", code], kills=1, how="stop")


class TrainingTest(TestCase):
    """A real training, equal to the last bit after ten kills."""

    def hold(self, way, **options):
        program = [sys.executable, str(HERE / "training.py"), way]
        plain = self.folder / "plain"
        plain.mkdir()
        subprocess.run(program, cwd=plain, env=ENVIRONMENT, check=True)
        outputs = holdfast.rehearse(program, folder=self.folder / "r", **options)
        self.assertEqual((outputs / "result.txt").read_text(),
                         (plain / "outputs/result.txt").read_text())

    def test_a_loop_of_torch_killed_ten_times(self):
        self.hold("loop", kills=10)

    def test_the_trainer_of_hugging_face_killed_ten_times(self):
        self.hold("trainer", kills=10)

    def test_the_trainer_of_hugging_face_stopped(self):
        self.hold("trainer", kills=3, how="stop")

    def test_lightning_killed_ten_times(self):
        self.hold("lightning", kills=10, interval=0.05)

    def test_lightning_stopped(self):
        self.hold("lightning", kills=3, how="stop", interval=0.05)


class ProgramTest(TestCase):
    """Under `holdfast run`, and with calls of the program."""

    def setUp(self):
        super().setUp()
        os.environ["HOLDFAST"] = os.environ["HOLDFAST_TEST_PROGRAM"]

    def completed(self):
        return list(self.folder.glob("jobs.csv.holdfast/store/*/result.txt"))

    def test_a_run_that_is_killed_ten_times(self):
        (self.folder / "jobs.csv").write_text("job_id,steps\na,120\n")
        words = [os.environ["HOLDFAST"], "run", "jobs.csv", "--", sys.executable,
                 str(HERE / "count.py")]
        store = self.folder / "jobs.csv.holdfast/store/.holdfast/a"
        seen = 0

        def newest():
            names = [path.name for path in store.glob("**/manifests/*")]
            return max([int(name.split("-")[0]) for name in names], default=0)

        for _ in range(10):
            with subprocess.Popen(words, cwd=self.folder, env=ENVIRONMENT,
                                  stderr=subprocess.DEVNULL) as run:
                while newest() <= seen:
                    self.assertIsNone(run.poll(), "it ended before it was killed")
                    time.sleep(0.02)
                run.kill()
            seen = newest()
        self.assertEqual(self.completed(), [])
        subprocess.run(words, cwd=self.folder, env=ENVIRONMENT, check=True)
        self.assertEqual(self.completed()[0].read_text(), str(120 * 121 // 2))

    def test_submit_status_and_their_errors(self):
        queue = f"sqlite:{self.folder / 'queue'}"
        store = f"file:{self.folder / 'store'}"
        where = {"queue": queue, "job_queue": "q"}
        (self.folder / "store").mkdir()
        holdfast.submit(({"job_id": f"j{i}"} for i in range(3)), ledger=self.folder / "l", **where)
        said = holdfast.status(store=store, **where)
        self.assertEqual(said["queue"]["waiting"], 3)
        self.assertEqual(next(holdfast.events(store=store, **where)), said)
        with self.assertRaises(holdfast.HoldfastError) as caught:
            holdfast.submit(self.folder / "nowhere.csv", **where)
        self.assertEqual(caught.exception.code, 2)
        self.assertIn("nowhere.csv", str(caught.exception))
        os.environ["HOLDFAST"] = str(self.folder / "missing")
        with self.assertRaisesRegex(holdfast.HoldfastError, "HOLDFAST"):
            holdfast.status()


class GuideTest(TestCase):
    """docs/moving-from-the-guide.md: the whole of the new worker's program, as it stands there,
    goes on with a job that the guide's own worker began."""

    def test_a_job_begun_by_the_guides_worker_is_finished_by_the_fifteen_lines(self):
        page = (MODULE.parent / "docs/moving-from-the-guide.md").read_text(encoding="utf-8")
        program = re.search("```python main.py\n(.*?)```", page, re.DOTALL)[1]
        self.assertLessEqual(len(program.splitlines()), 20)
        self.assertIn("wait_for_stop(30)", program)
        (self.folder / "main.py").write_text(program.replace("(30)", "(0.05)"))
        queue = f"guide-{os.getpid()}-{time.time_ns()}"
        tests = {name[len("HOLDFAST_TEST_"):]: value for name, value in os.environ.items()}
        settings = {"AMQP_URL": tests["AMQP_URL"], "JOB_QUEUE": queue,
                    "R2_AWS_ACCESS_KEY_ID": tests["S3_ACCESS_KEY"],
                    "R2_AWS_SECRET_ACCESS_KEY": tests["S3_SECRET_KEY"],
                    "R2_S3_ENDPOINT_URL": tests["S3_ENDPOINT"],
                    "R2_BUCKET_NAME": tests["S3_BUCKET"]}
        environment = {**ENVIRONMENT, **settings}
        old = HERE.parent / "fault/guide_worker.py"
        with subprocess.Popen(["/usr/bin/python3", str(old), queue, "12", "0.1"], env=environment,
                              stdout=subprocess.PIPE, encoding="utf-8") as began:
            while "step 5 kept" not in began.stdout.readline():
                self.assertIsNone(began.poll())
            began.kill()
        (self.folder / "worker.env").write_text(
            "".join(f"{name}={value}\n" for name, value in settings.items()))
        done = subprocess.run(
            [tests["PROGRAM"], "work", "--env-file", "worker.env", "--work-dir", "work",
             "--until-empty", "--", sys.executable, str(self.folder / "main.py")],
            cwd=self.folder, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding="utf-8", timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout)
        import boto3
        bucket = boto3.client("s3", region_name="auto", endpoint_url=tests["S3_ENDPOINT"],
                              aws_access_key_id=tests["S3_ACCESS_KEY"],
                              aws_secret_access_key=tests["S3_SECRET_KEY"])
        result = bucket.get_object(Bucket=tests["S3_BUCKET"], Key=queue + "/result.txt")
        self.assertEqual(result["Body"].read(), str(12 * 13 // 2).encode())


if __name__ == "__main__":
    unittest.main()
