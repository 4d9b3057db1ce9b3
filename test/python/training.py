"""A small training with torch in three ways: training.py loop|trainer|lightning. Its data are random
numbers drawn as it goes, so a resumed run is equal only if weights, optimizer and random state are."""
import hashlib
import os
import sys
import time

import torch

import holdfast

STEPS = int(os.environ.get("TRAINING_STEPS", "300"))
EVERY = 5
PACE = 0.01


def make_model():
    torch.manual_seed(1)
    torch.set_num_threads(1)
    return torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.Dropout(0.1), torch.nn.Tanh(),
                               torch.nn.Linear(16, 1))


def loss_of(model):
    time.sleep(PACE)
    data = torch.randn(16, 8)
    return ((model(data) - data.sum(dim=1, keepdim=True)) ** 2).mean()


def train_step(model, optimizer, _=0):
    loss = loss_of(model)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


def write_result(task, model):
    digest = hashlib.sha256()
    for tensor in model.state_dict().values():
        digest.update(tensor.numpy().tobytes())
    task.output("result.txt").write_text(digest.hexdigest())


def loop(task):
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    step = 0
    if task.restored:
        saved = torch.load(str(task.restored / "state.pt"))
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        torch.set_rng_state(saved["random"])
        step = saved["step"]
    while step < STEPS:
        train_step(model, optimizer)
        step += 1
        task.progress(step / STEPS, step=step)
        if task.checkpoint_due() or task.should_stop or step % EVERY == 0:
            with task.checkpoint() as folder:
                torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(),
                            "random": torch.get_rng_state(), "step": step},
                           str(folder / "state.pt"))
        if task.should_stop:
            return holdfast.STOPPED
    write_result(task, model)


def trainer(task):
    import transformers
    model = make_model()
    arguments = transformers.TrainingArguments(
        output_dir=str(task.checkpoint_dir), max_steps=STEPS, save_steps=EVERY, save_total_limit=2)
    its_trainer = transformers.Trainer(model, arguments, train_step,
                                       callbacks=[holdfast.trainer_callback(task)])
    its_trainer.train(resume_from_checkpoint=holdfast.newest_complete(task.checkpoint_dir))
    if task.should_stop and its_trainer.state.global_step < STEPS:
        return holdfast.STOPPED
    write_result(task, model)
    return holdfast.FINISHED


def lightning(task):
    import lightning.pytorch as pl

    class Module(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = make_model()

        def training_step(self, batch, batch_idx):
            return loss_of(self.layers)

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.01, momentum=0.9)

    module = Module()
    its_trainer = pl.Trainer(max_steps=STEPS, callbacks=[holdfast.lightning_callback(task)])
    its_trainer.fit(module, ckpt_path=task.restored / "last.ckpt" if task.restored else None)
    if task.should_stop and its_trainer.global_step < STEPS:
        return holdfast.STOPPED
    write_result(task, module)
    return holdfast.FINISHED


if __name__ == "__main__":
    holdfast.run(globals()[sys.argv[1]])
