"""The accountant must see what it is there to see: a bucket that is right passes, and each thing
that can be wrong in one is named."""
import io
import json
import unittest

import accountant

JOB, PREFIX = "j", "p"


def record(number, kind, state="running", attempt=1, attempt_id="a", generation=0, **more):
    return {"number": number, "kind": kind, "state": state, "attempt": attempt,
            "attempt_id": attempt_id, "generation": generation, **more}


SOUND = [record(1, "claimed"), record(2, "checkpointed", generation=1),
         record(3, "claimed", attempt=2, attempt_id="b", generation=1),
         record(4, "completed", "completed", attempt=2, attempt_id="b", generation=1)]


class Bucket:
    """As much of boto3's client as the accountant uses."""

    def __init__(self, records, result="6", kept="6", stored_by=None):
        self.objects = {f"{PREFIX}/.holdfast/{JOB}/log/{(10**13 - at) // 1000:010d}/{(10**13 - at) % 1000:03d}": json.dumps(entry)
                        for at, entry in enumerate(records, 1)}
        if result is not None:
            self.objects[f"{PREFIX}/{JOB}/result.txt"] = result
        self.objects[f"{PREFIX}/.holdfast/{JOB}/attempts/{stored_by or 2}/outputs/result.txt"] = kept
        if stored_by:
            self.objects[f"{PREFIX}/.holdfast/{JOB}/attempts/2/outputs.json"] = json.dumps({"stored_by": stored_by})

    def get_paginator(self, _):
        return self

    def paginate(self, **_):
        return [{"Contents": [{"Key": key} for key in self.objects]}]

    def get_object(self, Bucket, Key):  # pylint: disable=invalid-name,unused-argument
        return {"Body": io.BytesIO(self.objects[Key].encode())}


def faults(records, wanted="6", **more):
    return accountant.check_bucket(Bucket(records, **more), "b", PREFIX, {JOB: wanted})


def with_change(at, **change):
    return [dict(entry, **change) if number == at else entry
            for number, entry in enumerate(SOUND, 1)]


class AccountantTest(unittest.TestCase):
    def test_what_is_right_passes(self):
        self.assertEqual(faults(SOUND), [])

    def test_a_lost_job_is_seen(self):
        self.assertTrue(faults([]))
        self.assertTrue(faults(SOUND[:3], result=None))

    def test_a_wrong_or_missing_result_is_seen(self):
        self.assertTrue(faults(SOUND, result="7", kept="7"))
        self.assertTrue(faults(SOUND, result=None))

    def test_a_result_of_another_attempt_is_seen(self):
        self.assertTrue(faults(SOUND, kept="5"))

    def test_a_result_that_an_attempt_took_over_is_the_one_that_was_stored(self):
        self.assertEqual(faults(SOUND, stored_by=1), [])
        self.assertTrue(faults(SOUND, stored_by=1, kept="5"))

    def test_a_second_end_is_seen(self):
        again = record(5, "completed", "completed", attempt=2, attempt_id="b", generation=1)
        self.assertTrue(faults(SOUND + [again]))

    def test_a_generation_that_goes_down_is_seen(self):
        self.assertTrue(faults(with_change(4, generation=0)))

    def test_a_superseded_attempt_that_writes_is_seen(self):
        self.assertTrue(faults(with_change(4, attempt=1, attempt_id="a")))

    def test_an_attempt_number_that_is_used_twice_is_seen(self):
        self.assertTrue(faults(with_change(3, attempt=1)))

    def test_a_missing_record_is_seen(self):
        self.assertTrue(faults([SOUND[0], *SOUND[2:]]))

    def test_a_job_that_is_dead_without_cause_is_seen(self):
        dead = SOUND[:3] + [record(4, "dead", "dead", attempt=2, attempt_id="b", generation=1,
                                   reason="no_progress")]
        self.assertTrue(faults(dead, result=None))
        self.assertTrue(faults(dead, wanted=None, result=None))
        self.assertEqual(faults([dict(entry, reason="refused") for entry in dead], wanted=None,
                                result=None), [])


if __name__ == "__main__":
    unittest.main()
