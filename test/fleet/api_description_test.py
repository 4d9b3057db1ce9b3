"""Wrong requests and answers are found, each for what is wrong with it."""
import json
import pathlib
import sys
import unittest

from api_description import Description

HERE = pathlib.Path(__file__).parent
GROUPS = "/organizations/acme/projects/night/containers"
KEY = {"Salad-Api-Key": "key"}
MERGE = {**KEY, "Content-Type": "application/merge-patch+json"}


class WrongRequestTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.description = Description(HERE / "salad-cloud-openapi.yaml")

    def faults(self, method, target, headers=None, body=None):
        raw = b"" if body is None else json.dumps(body).encode()
        found = self.description.request_faults(method, target, headers or KEY, raw)[1]
        return [status for status, _ in found]

    def test_right_ones_have_no_fault(self):
        self.assertEqual(self.faults("GET", GROUPS + "/fleet"), [])
        self.assertEqual(self.faults("POST", GROUPS + "/fleet/start"), [])
        self.assertEqual(self.faults("PATCH", GROUPS + "/fleet", MERGE, {"replicas": 3}), [])

    def test_path_and_method(self):
        self.assertEqual(self.faults("GET", "/organisations/acme/quotas"), [404])
        self.assertEqual(self.faults("GET", GROUPS + "/fleet/"), [404])
        self.assertEqual(self.faults("PUT", GROUPS + "/fleet"), [405])

    def test_key(self):
        self.assertEqual(self.faults("GET", GROUPS + "/fleet", {"X": "y"}), [401])

    def test_values_in_the_path(self):
        self.assertEqual(self.faults("GET", "/organizations/ACME%20Inc/quotas"), [422])

    def test_query(self):
        jobs = "/organizations/acme/projects/night/queues/queue-1/jobs?page="
        self.assertEqual(self.faults("GET", GROUPS + "?colour=red"), [422])
        self.assertEqual(self.faults("GET", jobs + "2"), [])
        self.assertEqual(self.faults("GET", jobs + "two"), [422])

    def test_body(self):
        group = GROUPS + "/fleet"
        self.assertEqual(self.faults("PATCH", group, MERGE, {"replicas": "3"}), [422])
        self.assertEqual(self.faults("PATCH", group, MERGE, {"replicas": -1}), [422])
        self.assertEqual(self.faults("PATCH", group, MERGE, {"replica": 3}), [422])
        self.assertEqual(self.faults("PATCH", group, MERGE, {"container": {"imago": "x"}}), [422])
        self.assertEqual(self.faults("PATCH", group, MERGE), [422])
        self.assertEqual(self.faults("PATCH", group, {**KEY, "Content-Type": "application/json"},
                                     {"replicas": 3}), [415])
        self.assertEqual(self.faults("GET", group, KEY, {"replicas": 3}), [422])
        missing = self.faults("POST", GROUPS, {**KEY, "Content-Type": "application/json"}, {})
        self.assertGreater(missing.count(422), 3)

    def test_answers(self):
        operation, _ = self.description.request_faults("GET", GROUPS + "/fleet", KEY, b"")
        faults = self.description.answer_faults
        self.assertEqual(len(faults(operation, 200, "text/html", b"<html>")), 1)
        self.assertEqual(len(faults(operation, 200, "application/json", b"")), 1)
        self.assertGreater(len(faults(operation, 200, "application/json", b"{}")), 3)
        start, _ = self.description.request_faults("POST", GROUPS + "/fleet/start", KEY, b"")
        self.assertEqual(faults(start, 202, "", b""), [])
        self.assertEqual(len(faults(start, 202, "application/json", b"{}")), 1)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
