"""Adds up 1 + 2 + ... + steps, as examples/slow_sum does, with holdfast.py and nothing else."""
import json

import holdfast


def main(task):
    state = {"step": 0, "sum": 0}
    if task.restored:
        state = json.loads((task.restored / "checkpoint.json").read_text())
    while state["step"] < task.job["steps"]:
        if task.wait_for_stop(task.job.get("seconds", 0.02)):
            return holdfast.STOPPED
        state["step"] += 1
        state["sum"] += state["step"]
        task.progress(state["step"] / task.job["steps"])
        with task.checkpoint() as folder:
            (folder / "checkpoint.json").write_text(json.dumps(state))
    task.output("result.txt").write_text(str(state["sum"]))


holdfast.run(main, job={"steps": 5, "seconds": 0})
