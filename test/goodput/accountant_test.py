"""The accountant of journals, on attempts that are known."""
import unittest

import accountant


def attempt(number, claimed, journal, killed=None, last_word=None):
    made = accountant.Attempt(number, claimed)
    made.killed = killed
    made.last_word = last_word if last_word is not None else claimed
    made.read_journal(line + "\n" for line in journal)
    return made


def journal(start, resumed, steps, *more):
    """A unit each second."""
    lines = [f"start {int(start * 1e9)} {resumed}"]
    lines += [f"unit {int((start + i + 1) * 1e9)} {resumed + i + 1}" for i in range(steps)]
    return lines + list(more)


class AccountantTest(unittest.TestCase):
    def test_work_after_what_the_next_one_resumed_from_is_lost(self):
        first = attempt(1, 0, journal(2, 0, 10), killed=12.5)
        second = attempt(2, 20, journal(21, 7, 3, "end 24000000000 10"), last_word=25)
        parts = accountant.account_of_job([first, second])
        self.assertEqual(parts, {"useful": 10, "lost": 3, "failed": 0, "restoring": 3, "frozen": 0, "storing": 1.5})

    def test_an_attempt_whose_program_never_began_takes_nothing_from_the_one_before(self):
        first = attempt(1, 0, journal(2, 0, 10), killed=12)
        second = attempt(2, 20, [], killed=21)
        third = attempt(3, 30, journal(30, 10, 1, "end 31000000000 11"), last_word=31)
        parts = accountant.account_of_job([first, second, third])
        self.assertEqual((parts["useful"], parts["lost"], parts["restoring"]), (11, 0, 3))

    def test_what_it_stood_still_is_no_work(self):
        units = ["start 0 0", "unit 1000000000 1", "unit 2000000000 2", "go 5000000000 0", "unit 6000000000 3", "end 6000000000 3"]
        parts = accountant.account_of_job([attempt(1, 0, units, last_word=6)])
        self.assertEqual((parts["useful"], parts["frozen"]), (3.5, 2.5))

    def test_a_line_that_was_cut_is_none(self):
        one = accountant.Attempt(1, 0)
        one.read_journal(["start 0 0\n", "unit 1000000000 1\n", "unit 20000000"])
        self.assertEqual(one.last_sign(), 1)

    def test_workers_say_since_when_they_have_a_job_and_until_when(self):
        lines = ["2026-01-31T00:00:01.250Z info job claimed job=a attempt=2 worker=w generation=1\n", "what else there is\n",
                 "2026-01-31T00:00:03.500Z info task ended job=a attempt=2 ending=lost detail=x\n",
                 "2026-01-31T00:00:04.500Z info job completed job=a bytes=2\n"]
        begin = 1769817600
        self.assertEqual(accountant.read_worker(lines, begin), {("a", 2): [1.25, 4.5, True]})

    def test_a_checkpoint_before_the_program_ends_is_not_the_end(self):
        lines = ["2026-01-31T00:00:01.000Z info job claimed job=a attempt=1 worker=w\n",
                 "2026-01-31T00:00:02.000Z info checkpoint committed job=a attempt=1\n",
                 "2026-01-31T00:00:03.000Z info task ended job=a attempt=1 ending=interrupted\n"]
        self.assertEqual(accountant.read_worker(lines, 1769817600), {("a", 1): [1, 3, False]})

    def test_a_point_is_a_point(self):
        truth = {"useful": 90, "lost": 10, "failed": 0, "restoring": 0, "frozen": 0, "storing": 0}
        self.assertEqual(accountant.faults_of({**truth, "paid": 100}, truth, 1), [])
        kept = {**truth, "useful": 91.5, "lost": 8.5, "paid": 100}
        self.assertEqual(len(accountant.faults_of(kept, truth, 1)), 2)
        self.assertEqual(len(accountant.faults_of({**truth, "paid": 102}, truth, 1)), 2)


if __name__ == "__main__":
    unittest.main()
