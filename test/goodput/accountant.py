"""Says where machine time went, by the journals of the programs, by when each worker was killed, and by when workers wrote that
they have a job and that they are done with it. Nothing here asks the store, nor what a thing should take."""
import calendar
import re
import time

PARTS = ("useful", "lost", "failed", "restoring", "frozen", "storing")
LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{3})Z \w+ (.*?) job=(\S+)(?: attempt=(\d+))?")
LAST_WORDS = ("task ended", "checkpoint committed", "job completed")


class Attempt:
    """Of one job. Times are seconds of the machine's monotonic clock."""

    def __init__(self, number, claimed):
        self.number = number
        self.claimed = claimed
        self.last_word = claimed   # Of its worker about it.
        self.killed = None         # When its worker was, if it was killed.
        self.started = None        # And from here on, what its program wrote.
        self.resumed = 0
        self.units = []            # (time, step)
        self.stood = []            # (from, until)
        self.ended = False

    def read_journal(self, lines):
        for line in lines:
            words = line.split()
            if len(words) != 3 or not line.endswith("\n"):
                break  # It was killed while it wrote.
            at, step = int(words[1]) / 1e9, int(words[2])
            if words[0] == "start":
                self.started = at
                self.resumed = step
            elif words[0] == "unit":
                self.units.append((at, step))
            elif words[0] == "go":
                self.stood.append((max(self.last_sign(), self.stood[-1][1] if self.stood else 0), at))
            elif words[0] == "end":
                self.ended = True
        self.stop_within_units()

    def stop_within_units(self):
        """It was stopped within a unit, nobody saw where: so long after the one before as an instant is on the average that meets a unit
        of this program anywhere."""
        goes = {until for _, until in self.stood}
        gaps = [(since, until) for (since, _), (until, _) in zip(self.units, self.units[1:])]
        whole = [until - since for since, until in gaps if not any(since < go <= until for go in goes)]
        age = sum(gap * gap for gap in whole) / (2 * sum(whole)) if whole else 0
        self.stood = [(min(since + age, until), until) for since, until in self.stood]

    def last_sign(self):
        return self.units[-1][0] if self.units else self.started

    def released(self):
        return self.killed if self.killed is not None else max(self.last_word, self.last_sign() or 0)

    def kept_until(self, next_resumed):
        """The end of what its successor resumed from, or of all that it did."""
        if self.ended:
            return self.last_sign()
        kept = self.started
        for at, step in self.units:
            if step <= next_resumed:
                kept = at
        return kept

    def account(self, next_resumed):
        parts = dict.fromkeys(PARTS, 0.0)
        released = self.released()
        if self.started is None:
            parts["restoring"] = released - self.claimed
            return parts
        ended = min(self.last_sign(), released)
        stood = sum(until - since for since, until in self.stood if until <= ended)
        kept = min(self.kept_until(next_resumed), ended)
        useful = kept - self.started - sum(until - since for since, until in self.stood if until <= kept)
        parts["restoring"] = self.started - self.claimed
        parts["useful"] = useful
        parts["frozen"] = stood
        parts["lost"] = ended - self.started - stood - useful
        parts["storing"] = released - ended
        return parts


def add(total, parts):
    for name in PARTS:
        total[name] += parts[name]


def account_of_job(attempts):
    """Of attempts in their order: each keeps what the next one resumed from."""
    total = dict.fromkeys(PARTS, 0.0)
    for index, attempt in enumerate(attempts):
        begun = [later.resumed for later in attempts[index + 1:] if later.started is not None]
        add(total, attempt.account(begun[0] if begun else attempt.resumed))
    return total


def shares(parts):
    paid = sum(parts[name] for name in PARTS)
    return {name: 100 * parts[name] / paid for name in PARTS}


def read_worker(lines, wall_ahead):
    """What a worker wrote: {(job, attempt): [claimed, last word, over]}, over if it said that nothing is left to do. `wall_ahead` is
    how far the wall clock is before the other."""
    found = {}
    running = {}
    ended = {}
    for line in lines:
        match = LINE.match(line)
        if not match:
            continue
        second, milli, event, job, number = match.groups()
        at = calendar.timegm(time.strptime(second, "%Y-%m-%dT%H:%M:%S")) + int(milli) / 1e3 - wall_ahead
        if event == "job claimed":
            running[job] = int(number)
            found[job, int(number)] = [at, at, False]
        elif event in LAST_WORDS and job in running:
            one = found[job, running[job]]
            one[2] = one[2] or ended.get(job) == running[job]
            one[1] = at
            if event == "task ended":
                ended[job] = running[job]
    return found


def faults_of(told, truth, within):
    """Where the two differ by more points than that; `paid` stands beside the parts, of the truth's."""
    faults = []
    told_shares, true_shares = shares(told), shares(truth)
    for name in PARTS:
        if abs(told_shares[name] - true_shares[name]) > within:
            faults.append(f"{name} is told as {told_shares[name]:.2f} %, and was {true_shares[name]:.2f} %")
    true_paid = sum(truth[name] for name in PARTS)
    if abs(told["paid"] / true_paid - 1) * 100 > within:
        faults.append(f"paid is told as {told['paid']:.1f} s, and was {true_paid:.1f} s")
    # In milliseconds, each part as it is told.
    if abs(sum(told[name] for name in PARTS) - told["paid"]) > 0.0005 * len(PARTS):
        faults.append(f"the parts do not add up to what was paid: {told}")
    return faults
