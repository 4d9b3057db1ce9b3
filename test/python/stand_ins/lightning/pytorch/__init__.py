"""Stands in for PyTorch Lightning in tests: the Trainer's interface to callbacks and its one-file
checkpoints, over a loop of plain torch."""
import torch


class Callback:
    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        pass


class Strategy:
    def reduce_boolean_decision(self, decision, all=True):
        return decision


class Trainer:
    def __init__(self, max_steps, callbacks):
        self.max_steps, self.callbacks, self.strategy = max_steps, callbacks, Strategy()
        self.global_step, self.should_stop, self.is_global_zero = 0, False, True
        self.model = self.optimizer = None
        for callback in callbacks:
            assert isinstance(callback, Callback)

    @property
    def estimated_stepping_batches(self):
        return self.max_steps

    def fit(self, model, ckpt_path=None):
        self.model, self.optimizer = model, model.configure_optimizers()
        if ckpt_path is not None:
            saved = torch.load(str(ckpt_path))
            self.global_step = saved["global_step"]
            model.load_state_dict(saved["state_dict"])
            self.optimizer.load_state_dict(saved["optimizer_states"][0])
            torch.set_rng_state(saved["rng"])
        while self.global_step < self.max_steps and not self.should_stop:
            loss = model.training_step(None, self.global_step)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.global_step += 1
            for callback in self.callbacks:
                callback.on_train_batch_end(self, model, loss, None, self.global_step - 1)

    def save_checkpoint(self, path):
        torch.save({"global_step": self.global_step, "state_dict": self.model.state_dict(),
                    "optimizer_states": [self.optimizer.state_dict()],
                    "rng": torch.get_rng_state()}, path)
