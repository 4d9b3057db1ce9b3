"""Stands in for Hugging Face's transformers in tests: the Trainer's interface to callbacks, the files
of its checkpoints and the order in which it writes them, over a loop of plain torch."""
import json
import os
import shutil

import torch


class TrainerCallback:
    def on_step_end(self, args, state, control, **kwargs):
        pass

    def on_save(self, args, state, control, **kwargs):
        pass


class TrainerControl:
    def __init__(self):
        self.should_training_stop = False
        self.should_save = False


class TrainerState:
    def __init__(self, max_steps):
        self.global_step, self.max_steps, self.is_world_process_zero = 0, max_steps, True


class TrainingArguments:
    def __init__(self, output_dir, max_steps, save_steps, save_total_limit):
        self.output_dir, self.max_steps = output_dir, max_steps
        self.save_steps, self.save_total_limit = save_steps, save_total_limit


class Trainer:
    def __init__(self, model, args, train_step, callbacks):
        self.model, self.args, self.train_step = model, args, train_step
        self.callbacks = callbacks
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
        self.state, self.control = TrainerState(args.max_steps), TrainerControl()
        for callback in callbacks:
            assert isinstance(callback, TrainerCallback)

    def tell(self, event):
        for callback in self.callbacks:
            result = getattr(callback, event)(self.args, self.state, self.control, model=self.model)
            self.control = result or self.control

    def train(self, resume_from_checkpoint=None):
        if resume_from_checkpoint is not None:
            self.load(str(resume_from_checkpoint))
        while self.state.global_step < self.args.max_steps and not self.control.should_training_stop:
            self.train_step(self.model, self.optimizer, self.state.global_step)
            self.state.global_step += 1
            self.control.should_save = self.state.global_step % self.args.save_steps == 0
            self.tell("on_step_end")
            if self.control.should_save:
                self.save()
                self.tell("on_save")

    def save(self):
        folder = os.path.join(self.args.output_dir, f"checkpoint-{self.state.global_step}")
        os.makedirs(folder, exist_ok=True)
        torch.save(self.model.state_dict(), os.path.join(folder, "pytorch_model.bin"))
        torch.save({}, os.path.join(folder, "training_args.bin"))
        torch.save(self.optimizer.state_dict(), os.path.join(folder, "optimizer.pt"))
        torch.save(torch.get_rng_state(), os.path.join(folder, "rng_state.pth"))
        with open(os.path.join(folder, "trainer_state.json"), "w") as file:
            json.dump({"global_step": self.state.global_step}, file)
        names = sorted((name for name in os.listdir(self.args.output_dir) if "checkpoint-" in name),
                       key=lambda name: int(name.rpartition("-")[2]))
        for name in names[:-self.args.save_total_limit]:
            shutil.rmtree(os.path.join(self.args.output_dir, name))

    def load(self, folder):
        with open(os.path.join(folder, "trainer_state.json")) as file:
            self.state.global_step = json.load(file)["global_step"]
        self.model.load_state_dict(torch.load(os.path.join(folder, "pytorch_model.bin")))
        self.optimizer.load_state_dict(torch.load(os.path.join(folder, "optimizer.pt")))
        torch.set_rng_state(torch.load(os.path.join(folder, "rng_state.pth")))
