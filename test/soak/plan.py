"""What goes wrong, second by second: drawn from a seed, so that a run can be had again."""
import dataclasses
import random

# How often, relative to each other.
WEIGHTS = {"kill": 24, "freeze": 20, "drain": 10, "cut one": 14, "cut all": 3, "store 5xx": 8,
           "store 429": 5, "store slow": 6, "store loses answers": 6, "store away": 4}
BROKER_EVERY_SECONDS = 75  # It takes several seconds to come back.


@dataclasses.dataclass
class Fault:
    second: int
    kind: str
    worker: int   # Whom it meets, where it meets one.
    length: float  # Seconds that it lasts, where it lasts.

    def text(self):
        return f"{self.second:4d} s  {self.kind}, worker {self.worker}, {self.length:.1f} s"


def draw(seed, seconds, workers):
    """A fault every second; in the middle of each BROKER_EVERY_SECONDS the broker's."""
    dice = random.Random(seed)
    kinds, weights = zip(*WEIGHTS.items())
    faults = []
    for second in range(1, seconds):
        broker = second % BROKER_EVERY_SECONDS == min(seconds, BROKER_EVERY_SECONDS) // 2
        drawn = dice.choices(kinds, weights)[0]
        kind = dice.choice(["broker restarted", "broker killed"]) if broker else drawn
        faults.append(Fault(second, kind, dice.randrange(workers), dice.uniform(0.5, 7)))
    return faults
