"""For Python programs that run under Holdfast: resume, take checkpoints, stop cleanly.

    import holdfast

    def main(task):
        model = load(task.restored) if task.restored else Model()
        while not model.done():
            model.step()
            if task.checkpoint_due() or task.should_stop:
                with task.checkpoint() as folder:
                    model.save(folder)
            if task.should_stop:
                return holdfast.STOPPED
        model.write_result(task.output("result.txt"))

    holdfast.run(main)

One file, standard library only, Python 3.8 and later. The same program also runs without Holdfast:
it then keeps its checkpoints in ./checkpoints and its results in ./outputs.

The module also has newest_complete() for programs that write checkpoints of their own, callbacks
for the Trainer of Hugging Face and for PyTorch Lightning, rehearse() to test interruptions, and
submit(), status(), wait(), fetch() and events(), which call the program holdfast.
"""

import contextlib
import errno
import json
import os
import random
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Union

__version__ = "0.2.0"
__all__ = [
    "FINISHED", "STOPPED", "TRY_LATER", "NODE_UNFIT", "REFUSED",
    "Stopped", "TryLater", "NodeUnfit", "Refused", "HoldfastError",
    "Task", "run", "newest_complete", "trainer_callback", "lightning_callback", "rehearse",
    "submit", "status", "wait", "fetch", "events",
]

PathLike = Union[str, "os.PathLike[str]"]

# How a program ends, as exit codes that Holdfast understands. What main() returns.
FINISHED = 0  # The work is complete; its outputs are kept and the job never runs again.
STOPPED = 85  # There is more to do: run it again. Return this when should_stop is true.
TRY_LATER = 75  # Something that the program needs is not available; not the job's fault.
NODE_UNFIT = 69  # This machine cannot run it, for example with a broken GPU; another one may.
REFUSED = 65  # This job can never work: it is dead at once, without a retry.
_FAILED = 1


class _Ending(Exception):
    code = _FAILED


class Stopped(_Ending):
    """Raise it where main() cannot return STOPPED directly."""
    code = STOPPED


class TryLater(_Ending):
    code = TRY_LATER


class NodeUnfit(_Ending):
    code = NODE_UNFIT


class Refused(_Ending):
    code = REFUSED


class HoldfastError(Exception):
    """A call of the program holdfast that failed. `code` is its exit code."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


# --- Checkpoints ---

_NUMBERED = re.compile(r"checkpoint-([0-9]+)")
_FILLING = "checkpoint.filling"
_RETIRED = "checkpoint.retired"


def _sync(path: Path) -> None:
    fd = os.open(str(path), os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


class _CheckpointFolder:
    """Always holds one complete checkpoint: a new one is filled under another name and
    then renamed, before the one that it replaces is removed."""

    def __init__(self, directory: Path, durable: bool) -> None:
        self.directory, self.durable = directory, durable
        directory.mkdir(parents=True, exist_ok=True)
        for left_over in (_FILLING, _RETIRED):
            shutil.rmtree(directory / left_over, ignore_errors=True)
        names = os.listdir(directory)
        self.newest = max([self._number(name) for name in names], default=0)
        self.found: Optional[Path] = None
        if self.newest > 0:
            self.found = directory / f"checkpoint-{self.newest}"
        elif names:
            self.found = directory

    @staticmethod
    def _number(name: str) -> int:
        match = _NUMBERED.fullmatch(name)
        return int(match[1]) if match else 0

    @contextlib.contextmanager
    def replacing(self) -> Iterator[Path]:
        filling = self.directory / _FILLING
        shutil.rmtree(filling, ignore_errors=True)
        filling.mkdir()
        try:
            yield filling
        except BaseException:
            shutil.rmtree(filling, ignore_errors=True)
            raise
        if self.durable:
            for folder, _, names in os.walk(str(filling)):
                for name in names:
                    if (Path(folder) / name).is_file():
                        _sync(Path(folder) / name)
                _sync(Path(folder))
        filling.rename(self.directory / f"checkpoint-{self.newest + 1}")
        self.newest += 1
        if self.durable:
            _sync(self.directory)
        self._remove_older()

    def _remove_older(self) -> None:
        # A checkpoint loses its name before it loses its first file.
        retired = self.directory / _RETIRED
        for name in os.listdir(self.directory):
            if 0 < self._number(name) < self.newest:
                shutil.rmtree(retired, ignore_errors=True)
                (self.directory / name).rename(retired)
                shutil.rmtree(retired, ignore_errors=True)


# --- The worker ---

_SNAPSHOT_WAIT = 600.0  # A worker copies many gigabytes where the file system cannot share blocks.
_SNAPSHOT_WAIT_STOPPING = 10.0  # The grace runs: what is on disk is taken when the program ends.
_REPORT_INTERVAL = 0.1


class _Worker:
    """The socket to the worker. Without one everything succeeds."""

    def __init__(self, path: str) -> None:
        self.socket: Optional[socket.socket] = None
        if not path:
            return
        line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            line.bind("")  # The kernel picks a name, to which answers come.
            if not line.getsockname():
                line.bind(f"\0holdfast-{os.getpid()}-{random.getrandbits(64):x}")
            line.connect(path)
            line.setblocking(False)
            self.socket = line
        except OSError as error:
            line.close()
            print(f"holdfast: cannot reach the worker at {path}: {error.strerror}", file=sys.stderr)

    def tell(self, text: str, patience: float = 0.0) -> bool:
        """False if there was no room for it."""
        if self.socket is None:
            return True
        if patience > 0:
            select.select([], [self.socket], [], patience)
        try:
            self.socket.send(text.encode())
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:
            return error.errno != errno.ENOBUFS  # Else the worker is gone, and nothing helps.
        return True

    def ask_for_snapshot(self, stopping: Callable[[], bool]) -> str:
        if self.socket is None:
            return "OK"
        with contextlib.suppress(OSError):
            while True:  # An answer that came too late for its question.
                self.socket.recv(1024)
        asked, told = time.monotonic(), False
        while True:
            limit = _SNAPSHOT_WAIT_STOPPING if stopping() else _SNAPSHOT_WAIT
            if time.monotonic() - asked >= limit:
                return ""
            told = told or self.tell("CHECKPOINT=1\n")
            if select.select([self.socket], [] if told else [self.socket], [], 0.5)[0]:
                try:
                    return self.socket.recv(1024).decode(errors="replace").split("\n")[0]
                except (BlockingIOError, InterruptedError):
                    continue
                except OSError:
                    return ""  # The worker is gone.


class _StopSignal:
    """Remembers SIGTERM and SIGINT. A pipe wakes up waiting code. A second Ctrl-C interrupts."""

    def __init__(self) -> None:
        self.came = False
        self.reading, self.writing = os.pipe()
        os.set_blocking(self.writing, False)
        signal.signal(signal.SIGTERM, self._remember)
        signal.signal(signal.SIGINT, self._remember)

    def _remember(self, number: int, _: Any) -> None:
        self.came = True
        if number == signal.SIGINT:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        with contextlib.suppress(OSError):
            os.write(self.writing, b"1")

    def wait(self, seconds: float) -> bool:
        if not self.came:
            select.select([self.reading], [], [], max(seconds, 0.0))
        return self.came


def _number_or(name: str, otherwise: float) -> float:
    try:
        number = float(os.environ.get(name, ""))
    except ValueError:
        return otherwise
    return number if 0 < number < float("inf") else otherwise


class Task:
    """The running program's view of its job; run() makes it. Use it from one thread."""

    def __init__(self, job: Optional[Mapping[str, Any]] = None) -> None:
        get = os.environ.get
        directory = Path(get("HOLDFAST_CHECKPOINT_DIR") or "checkpoints").absolute()
        alone = not get("HOLDFAST_CHECKPOINT_DIR")
        self._stop = _StopSignal()
        self._worker = _Worker(get("HOLDFAST_SOCKET", ""))
        self._checkpoints = _CheckpointFolder(directory, durable=alone)
        self._report: Dict[str, str] = {}
        self._reported = 0.0
        self._last_checkpoint = time.monotonic()
        self._interval = _number_or("HOLDFAST_CHECKPOINT_INTERVAL", 60)

        #: The job as it was submitted; alone, what run() was given.
        self.job: Dict[str, Any] = dict(job or {})
        if get("HOLDFAST_JOB_FILE"):
            with open(os.environ["HOLDFAST_JOB_FILE"], encoding="utf-8") as file:
                self.job = json.load(file)
        #: The job's id; empty if the program runs alone.
        self.job_id: str = get("HOLDFAST_JOB_ID", "")
        #: 1, 2, 3, ...
        self.attempt: int = int(_number_or("HOLDFAST_ATTEMPT", 1))
        #: Seconds between the request to stop and SIGKILL.
        self.stop_grace: float = _number_or("HOLDFAST_STOP_GRACE", 30)
        #: Where checkpoints are kept, for programs that write them in a way of their own.
        self.checkpoint_dir: Path = directory
        #: Where results are left. Kept if the program finishes.
        self.output_dir: Path = Path(get("HOLDFAST_OUTPUT_DIR") or "outputs").absolute()
        self.output_dir.mkdir(parents=True, exist_ok=True)
        #: The files that were given to the job, by name.
        self.inputs: Dict[str, Path] = {}
        if get("HOLDFAST_INPUT_DIR"):
            folder = Path(os.environ["HOLDFAST_INPUT_DIR"])
            paths = sorted(folder.iterdir())
            # A file keeps the ending of its source: the input "table" may be table.csv.
            self.inputs = {path.name.split(".")[0]: path for path in paths}
            self.inputs.update({path.name: path for path in paths})

    @property
    def restored(self) -> Optional[Path]:
        """The folder to resume from: what the last checkpoint() of an earlier attempt saved; None
        on a fresh start. If something else wrote to the checkpoint directory, its files are there
        too, so check for your own. Read them before the first checkpoint()."""
        return self._checkpoints.found

    def checkpoint_due(self) -> bool:
        """Whether the job's interval has passed since the start or the last checkpoint."""
        return time.monotonic() - self._last_checkpoint >= self._interval

    @contextlib.contextmanager
    def checkpoint(self) -> Iterator[Path]:
        """Makes one checkpoint: `with task.checkpoint() as folder:` fill the empty folder.

        At the end of the block the worker copies the files. They are uploaded while the program
        continues, and count once they are committed. If the program is killed in the block, or an
        exception leaves it, the job still has the previous checkpoint."""
        with self._checkpoints.replacing() as folder:
            yield folder
        self.checkpointed()

    def checkpointed(self) -> bool:
        """Tells the worker that `checkpoint_dir` is consistent now, for programs that write there
        themselves. True when it has been copied."""
        self._send_report()
        answer = self._worker.ask_for_snapshot(lambda: self.should_stop)
        if answer != "OK":
            print(f"holdfast: the worker did not copy the checkpoint now: {answer or 'no answer'}",
                  file=sys.stderr)
        self._last_checkpoint = time.monotonic()
        return answer == "OK"

    @property
    def should_stop(self) -> bool:
        """True once the program is asked to stop (drain, cancellation, interruption, Ctrl-C). Take
        a last checkpoint and return STOPPED within `stop_grace` seconds."""
        return self._stop.came

    def wait_for_stop(self, seconds: float) -> bool:
        """Like time.sleep(), but returns True at once when the program is asked to stop."""
        return self._stop.wait(seconds)

    def progress(self, fraction: Optional[float] = None, *, step: Optional[int] = None,
                 status: Optional[str] = None) -> None:
        """Shown by `holdfast status`. Cheap enough for every iteration; `fraction` is 0 to 1."""
        if fraction is not None and fraction == fraction:  # Not a number is not reported.
            self._report["PROGRESS"] = f"{min(max(fraction, 0.0), 1.0):.4f}"
        if step is not None:
            self._report["STEP"] = str(int(step))
        if status is not None:
            line = status.split("\n")[0].encode("utf-8")[:256].decode("utf-8", "ignore")
            self._report["STATUS"] = line
        if time.monotonic() - self._reported >= _REPORT_INTERVAL:
            self._send_report()

    def stall_after(self, seconds: float) -> None:
        """From now on, this many seconds without a sign of life end the attempt as stalled."""
        self._report["STALL_AFTER"] = str(int(seconds))
        self._send_report()

    def output(self, name: str = "") -> Path:
        """The path of a result; its folder is made. Without a name, the folder of all results."""
        path = self.output_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _send_report(self, patience: float = 0.0) -> None:
        if self._report:
            self._reported = time.monotonic()
            text = "".join(f"{name}={value}\n" for name, value in self._report.items())
            if self._worker.tell(text, patience):  # Else it is kept for the next time.
                self._report.clear()

    def _end(self, code: int) -> None:
        if code == FINISHED:
            self._report["FINISHED"] = "1"
        self._send_report(patience=1.0)


def run(main: Callable[[Task], Optional[int]], job: Optional[Mapping[str, Any]] = None) -> None:
    """Runs main(task) and ends the process with the exit code that says how it ended.

    main returns FINISHED, STOPPED, TRY_LATER, NODE_UNFIT or REFUSED. Returning nothing means
    FINISHED, or STOPPED if the program was asked to stop, so that a loop that ended early is never
    taken for a complete one. The exceptions of the same names do the same; any other exception
    makes this attempt fail. `job` is used as the job if the program runs without Holdfast.
    """
    task = Task(job)
    try:
        code = main(task)
        if code is None:
            code = STOPPED if task.should_stop else FINISHED
    except _Ending as ending:
        if str(ending):
            print(f"holdfast: {ending}", file=sys.stderr)
        code = ending.code
    except Exception:  # pylint: disable=broad-except
        traceback.print_exc()
        code = _FAILED
    task._end(code)  # pylint: disable=protected-access
    sys.stdout.flush()
    sys.exit(code)


# --- Checkpoints that programs write in a way of their own ---

def _whole_zip(path: Path) -> bool:
    """torch.save and numpy.savez write zip archives, whose list of contents comes last."""
    try:
        with zipfile.ZipFile(str(path)) as archive:
            return bool(archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return False


def _whole_safetensors(path: Path) -> bool:
    size = path.stat().st_size
    with path.open("rb") as file:
        header_size = int.from_bytes(file.read(8), "little")
        if not 2 <= header_size <= size - 8:
            return False
        try:
            header = json.loads(file.read(header_size))
        except ValueError:
            return False
    ends = [item["data_offsets"][1] for name, item in header.items() if name != "__metadata__"]
    return size - 8 - header_size >= max(ends, default=0)


def _whole_json(path: Path) -> bool:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    parts = value.get("weight_map") if isinstance(value, dict) else None
    shards = set(parts.values()) if isinstance(parts, dict) else set()
    return all((path.parent / shard).is_file() for shard in shards)


def _whole_file(path: Path) -> bool:
    if path.stat().st_size == 0:
        return False
    if path.suffix == ".safetensors":
        return _whole_safetensors(path)
    if path.suffix == ".json":
        return _whole_json(path)
    if path.suffix in (".pt", ".pth", ".bin", ".ckpt", ".npz", ".zip"):
        with path.open("rb") as file:
            return file.read(2) != b"PK" or _whole_zip(path)
    return True


def _whole(path: Path) -> bool:
    if path.is_file():
        return _whole_file(path)
    files = [Path(folder) / name for folder, _, names in os.walk(str(path)) for name in names]
    names = {file.name for file in files}
    # A Trainer writes its state after the weights and the optimizer.
    if names & {"training_args.bin", "optimizer.pt"} and "trainer_state.json" not in names:
        return False
    return bool(files) and all(_whole_file(file) for file in files)


def newest_complete(directory: PathLike) -> Optional[Path]:
    """The newest complete checkpoint in a folder; None if there is none. A checkpoint is a
    file or folder whose name has a number (checkpoint-500, epoch=3-step=700.ckpt); the last number
    in it counts. Half-written ones are skipped: truncated archives of
    torch.save, .npz and .safetensors, JSON, missing shards, empty files, a Trainer's folder without
    its state."""
    folder = Path(directory)
    found = []
    for path in folder.iterdir() if folder.is_dir() else []:
        numbers = re.findall(r"[0-9]+", path.stem if path.is_file() else path.name)
        temporary = path.name.startswith((".", "tmp")) or path.suffix in (".tmp", ".part", ".new")
        if numbers and not temporary:
            found.append((int(numbers[-1]), path.name, path))
    for _, _, path in sorted(found, reverse=True):
        if _whole(path):
            return path
    return None


def trainer_callback(task: Task) -> Any:
    """A callback for the Trainer of Hugging Face: saves when a checkpoint is due or the program is
    asked to stop, tells the worker of each save, reports progress. Let the Trainer write below
    `task.checkpoint_dir`:

        arguments = TrainingArguments(output_dir=str(task.checkpoint_dir), save_total_limit=2, ...)
        trainer = Trainer(..., callbacks=[holdfast.trainer_callback(task)])
        trainer.train(resume_from_checkpoint=holdfast.newest_complete(task.checkpoint_dir))
        if task.should_stop:
            return holdfast.STOPPED
    """
    try:
        from transformers import TrainerCallback as Base  # pylint: disable=import-outside-toplevel
    except ImportError:
        Base = object

    class HoldfastCallback(Base):  # type: ignore[misc, valid-type]
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
            if state.max_steps > 0:
                task.progress(state.global_step / state.max_steps, step=state.global_step)
            if task.should_stop:
                control.should_training_stop = True
            if task.should_stop or task.checkpoint_due():
                control.should_save = True
            return control

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
            if getattr(state, "is_world_process_zero", True):
                task.checkpointed()
            return control

    return HoldfastCallback()


def lightning_callback(task: Task) -> Any:
    """A callback for PyTorch Lightning: saves last.ckpt when a checkpoint is due or the program is
    asked to stop, and reports progress:

        trainer = Trainer(..., callbacks=[holdfast.lightning_callback(task)])
        trainer.fit(model, ckpt_path=task.restored / "last.ckpt" if task.restored else None)
        if task.should_stop:
            return holdfast.STOPPED
    """
    Base: Any = object
    for name in ("lightning.pytorch", "pytorch_lightning"):
        with contextlib.suppress(ImportError):
            Base = __import__(name, fromlist=["Callback"]).Callback
            break

    class HoldfastCallback(Base):  # type: ignore[misc]
        def on_train_batch_end(self, trainer: Any, *_: Any, **__: Any) -> None:
            batches = trainer.estimated_stepping_batches
            if 0 < batches < float("inf"):
                task.progress(trainer.global_step / batches, step=trainer.global_step)
            agree = getattr(trainer.strategy, "reduce_boolean_decision", lambda value, **_: value)
            stop = agree(task.should_stop, all=False)
            if not (stop or agree(task.checkpoint_due(), all=False)):
                return
            if trainer.is_global_zero:
                with task.checkpoint() as folder:
                    trainer.save_checkpoint(str(folder / "last.ckpt"))
            else:  # Every process takes part in saving; the first one keeps the folder.
                trainer.save_checkpoint(str(task.checkpoint_dir / _FILLING / "last.ckpt"))
            trainer.should_stop = trainer.should_stop or stop

    return HoldfastCallback()


# --- Trying interruptions ---

def rehearse(command: Sequence[str], *, folder: Optional[PathLike] = None,
             job: Optional[Mapping[str, Any]] = None, kills: int = 3, how: str = "kill",
             interval: float = 1, seed: int = 1, attempts_max: int = 100) -> Path:
    """For tests: runs a program as a worker would, interrupts it `kills` times, each time at a
    random moment after a new checkpoint, and starts it again from that checkpoint in a new folder, until
    it finishes. Returns the folder of its results.

    `how`: "kill" (SIGKILL, as when the machine vanishes) or "stop" (SIGTERM, then wait). `interval`
    is the checkpoint interval in seconds. Raises AssertionError if the program takes too
    few checkpoints to be interrupted that often, or if it ends in a wrong way."""
    chance = random.Random(seed)
    home = Path(folder) if folder is not None else Path(tempfile.mkdtemp(prefix="rehearsal."))
    home.mkdir(parents=True, exist_ok=True)
    job_file, stored, outputs = home / "job.json", home / "stored", home / "outputs"
    job_file.write_text(json.dumps(dict({"job_id": "rehearsal"}, **(job or {}))))
    number = {"kill": signal.SIGKILL, "stop": signal.SIGTERM}[how]
    interrupted = 0
    for attempt in range(1, attempts_max + 1):
        here = home / f"attempt-{attempt}"
        shutil.rmtree(outputs, ignore_errors=True)
        outputs.mkdir()
        if stored.exists():
            shutil.copytree(str(stored), str(here), symlinks=True)
        else:
            here.mkdir()
        line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        with tempfile.TemporaryDirectory() as short:  # A socket's path must be short.
            line.bind(os.path.join(short, "s"))
            environment = dict(
                os.environ, HOLDFAST_JOB_ID="rehearsal", HOLDFAST_JOB_FILE=str(job_file),
                HOLDFAST_ATTEMPT=str(attempt), HOLDFAST_CHECKPOINT_DIR=str(here),
                HOLDFAST_RESUMED=str(int(stored.exists())), HOLDFAST_OUTPUT_DIR=str(outputs),
                HOLDFAST_SOCKET=os.path.join(short, "s"), HOLDFAST_STOP_GRACE="30",
                HOLDFAST_CHECKPOINT_INTERVAL=str(interval))
            with subprocess.Popen(list(command), env=environment,
                                  stdin=subprocess.DEVNULL) as program:
                try:
                    was_interrupted = _play_worker(program, line, here, stored,
                                                   number if interrupted < kills else None, chance)
                finally:
                    program.kill()
                    line.close()
        code = program.returncode
        if code == FINISHED:
            assert interrupted == kills, \
                f"it finished after {interrupted} of {kills} interruptions: too few checkpoints"
            return outputs
        assert was_interrupted and code == (-signal.SIGKILL if how == "kill" else STOPPED), \
            f"attempt {attempt} ended with exit code {code}"
        if how == "stop":  # The worker takes a last checkpoint.
            _store(here, stored)
        shutil.rmtree(here)
        interrupted += 1
    raise AssertionError(f"not finished after {attempts_max} attempts")


def _store(here: Path, stored: Path) -> None:
    shutil.rmtree(stored, ignore_errors=True)
    shutil.copytree(str(here), str(stored), symlinks=True)


def _play_worker(program: "subprocess.Popen[bytes]", line: socket.socket, here: Path, stored: Path,
                 number: Optional[int], chance: random.Random) -> bool:
    """One attempt to its end. True if the signal `number` was sent to it, after one to three
    checkpoints and a moment."""
    left = chance.randint(1, 3)
    at = float("inf")
    sent = False
    while program.poll() is None:
        if number is not None and not sent and time.monotonic() >= at:
            program.send_signal(number)
            sent = True
        if not select.select([line], [], [], 0.01)[0]:
            continue
        text, sender = line.recvfrom(4096)
        if b"CHECKPOINT=1" not in text.split(b"\n"):
            continue
        if not sent or number != signal.SIGKILL:
            _store(here, stored)
        with contextlib.suppress(OSError):  # It may be dead by now.
            line.sendto(b"OK\n", sender)
        left -= 1
        if left == 0:
            at = time.monotonic() + chance.uniform(0.0, 0.2)
    return sent


# --- The program holdfast ---

def _call(arguments: Iterable[str], text: Optional[str] = None, good: Iterable[int] = (0,)) -> str:
    beside = Path(sys.executable).parent / "holdfast"  # Where pip puts it.
    program = (os.environ.get("HOLDFAST") or shutil.which("holdfast")
               or (str(beside) if beside.is_file() else "holdfast"))
    try:
        done = subprocess.run([program, *arguments], input=text, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, encoding="utf-8", check=False)
    except FileNotFoundError:
        raise HoldfastError("the program holdfast is not in PATH; set the variable HOLDFAST to "
                            "its path", 127) from None
    if done.returncode not in good:
        raise HoldfastError(done.stderr.strip() or f"exit code {done.returncode}", done.returncode)
    return done.stdout


def _options(options: Mapping[str, Any]) -> List[str]:
    """env_file="worker.env", again=True: --env-file worker.env --again."""
    words: List[str] = []
    for name, value in options.items():
        if value is None or value is False:
            continue
        words.append("--" + name.replace("_", "-"))
        if value is not True:
            words.append(str(value))
    return words


def submit(jobs: Union[PathLike, Iterable[Mapping[str, Any]]], **options: Any) -> str:
    """Submits a list: a file's path, or dictionaries that each have a job_id. Options are those of
    `holdfast submit`: submit(jobs, env_file="worker.env"). Dictionaries need ledger=FILE as well,
    where holdfast records what the queue has confirmed; called again, it sends the rest."""
    if isinstance(jobs, (str, os.PathLike)):
        return _call(["submit", *_options(options), os.fspath(jobs)])
    text = "".join(json.dumps(dict(job)) + "\n" for job in jobs)
    return _call(["submit", *_options(options), "-"], text)


def status(job: Optional[str] = None, **options: Any) -> Dict[str, Any]:
    """The output of `holdfast status --json` for all jobs, or for one."""
    words = ["status", "--json", *_options(options)]
    result: Dict[str, Any] = json.loads(_call([*words, job] if job else words))
    return result


def wait(*jobs: str, **options: Any) -> bool:
    """Waits until the jobs have ended (`holdfast wait`). True if all completed, False if some are
    dead."""
    program = ["wait", *_options(options), *jobs]
    try:
        _call(program)
    except HoldfastError as error:
        if error.code == 1:
            return False
        raise
    return True


def fetch(*jobs: str, to: PathLike, **options: Any) -> Path:
    """Copies results into a folder (`holdfast fetch`)."""
    _call(["fetch", *_options(options), "--to", os.fspath(to), *jobs])
    return Path(to)


def events(interval: float = 2.0, **options: Any) -> Iterator[Dict[str, Any]]:
    """Yields the output of `holdfast status --json` whenever it changes, without end."""
    before: Optional[Dict[str, Any]] = None
    while True:
        now = status(**options)
        if now != before:
            yield now
        before = now
        time.sleep(interval)
