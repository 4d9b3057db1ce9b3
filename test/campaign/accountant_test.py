"""The accountant of a campaign sees what is wrong: each fault is planted in books that are right, and found."""
import io
import pathlib
import tempfile
import unittest

import accountant


class Gone(Exception):
    pass


class Bucket:
    """As much of a bucket as the accountant reads, in memory."""

    class exceptions:
        NoSuchKey = Gone

    def __init__(self, objects):
        self.objects = objects
        self.uploads = []

    def get_object(self, Bucket, Key):
        if Key not in self.objects:
            raise Gone
        return {"Body": io.BytesIO(self.objects[Key])}

    def list_objects_v2(self, Bucket, Prefix, MaxKeys=10 ** 6):
        return {"Contents": [{"Key": key, "Size": len(self.objects[key])}
                             for key in sorted(self.objects) if key.startswith(Prefix)][:MaxKeys]}

    def list_multipart_uploads(self, Bucket, Prefix):
        return {"Uploads": self.uploads}

    def get_paginator(self, _):
        return self

    def paginate(self, Bucket, Prefix):
        return [self.list_objects_v2(Bucket, Prefix)]


RECORD_2 = str(accountant.RECORDS - 2)


class AccountantTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.expected = {"first-0": "sum\n", "first-bad": None}
        self.bucket = Bucket({"p/first-0/sum": b"sum\n", "p/.fleet/jobs/index/00/x": b"", "p/.inputs/ab": b"input"})
        for job in self.expected:
            self.bucket.objects[f"p/.holdfast/{job}/log/{RECORD_2[:10]}/{RECORD_2[10:]}"] = b'{"kind": "completed"}'
        (self.folder / "first" / "first-0").mkdir(parents=True)
        (self.folder / "first" / "first-0" / "sum").write_text("sum\n")
        self.got = [{"id": "first-0/2", "event": "completed", "job_id": "first-0", "group": "first", "when": "1"},
                    {"id": "first-bad/2", "event": "dead", "job_id": "first-bad", "group": "first", "when": "1"},
                    {"id": "group/first/ab", "event": "group_finished", "group": "first", "jobs": 2, "completed": 1,
                     "dead": 1, "when": "1"}]

    def faults(self, results_stay=True):
        books = accountant.Accountant(self.bucket, "b", "p/", self.expected)
        books.check_results(self.folder)
        books.check_notices(self.got, 0, {"first": list(self.expected)}, {"first": 1})
        books.check_collected(self.expected, results_stay)
        return books.faults

    def test_right_books_have_no_fault(self):
        self.got.append(dict(self.got[0], when="2"))  # Twice is no fault.
        self.assertEqual(self.faults(), [])

    def test_each_fault_is_found(self):
        def wrong_result():
            self.bucket.objects["p/first-0/sum"] = b"other\n"

        def no_result():
            del self.bucket.objects["p/first-0/sum"]

        def result_of_the_dead():
            self.bucket.objects["p/first-bad/sum"] = b"sum\n"

        def not_fetched():
            (self.folder / "first" / "first-0" / "sum").unlink()

        def not_told():
            del self.got[0]

        def group_not_told():
            del self.got[2]

        def told_wrongly():
            self.got[1]["event"] = "completed"

        def unknown_told():
            self.got.append(dict(self.got[0], id="first-0/1"))

        def two_things_told():
            self.got.append(dict(self.got[2], dead=2))

        def checkpoint_left():
            self.bucket.objects["p/.holdfast/first-0/chunks/1/ab"] = b"chunk"

        def copy_left():
            self.bucket.objects["p/.holdfast/first-0/attempts/1/outputs/sum"] = b"sum\n"

        def upload_left():
            self.bucket.uploads.append({"Key": "p/first-0/sum"})

        for plant in (wrong_result, no_result, result_of_the_dead, not_fetched, not_told, group_not_told, told_wrongly,
                      unknown_told, two_things_told, checkpoint_left, copy_left, upload_left):
            with self.subTest(plant.__name__):
                self.setUp()
                plant()
                self.assertNotEqual(self.faults(), [])

    def test_results_that_were_to_go_are_found(self):
        self.assertEqual(len(self.faults(results_stay=False)), 1)


unittest.main()
