"""Reads what a campaign left, and holds it against what it should have."""
import json
import re

RECORDS = 10 ** 13  # The digits of a record's key count down from it.
# What stays of a job of which nothing is kept: the record of what became of it.
OF_THE_RECORD = re.compile(r"\.holdfast/(\.layout$|[^/]+/(log/|job\.json$|attempts/\d+/outputs\.json$))")
OF_THE_FLEET = re.compile(r"\.(fleet|workers|inputs)/")


def keys_below(s3, bucket, prefix):
    """Key, without the prefix, and size of each object."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            yield entry["Key"][len(prefix):], entry["Size"]


class Accountant:
    def __init__(self, s3, bucket, prefix, expected):
        self.s3 = s3
        self.bucket = bucket
        self.prefix = prefix
        self.expected = expected
        self.faults = []

    def bytes_of(self, key):
        return self.s3.get_object(Bucket=self.bucket, Key=self.prefix + key)["Body"].read()

    def result_of(self, job):
        """None: there is none."""
        try:
            return self.bytes_of(f"{job}/sum").decode()
        except self.s3.exceptions.NoSuchKey:
            return None

    def check_results(self, folder):
        """In the bucket, and in the folder that was filled meanwhile."""
        there = {key for key, _ in keys_below(self.s3, self.bucket, self.prefix)}
        for job, wanted in self.expected.items():
            key = f"{job}/sum"
            fetched = folder / job.split("-")[0] / job / "sum"
            if wanted is None:
                if key in there or fetched.exists():
                    self.faults.append(f"{job} is dead, and has a result")
                continue
            if self.result_of(job) != wanted:
                self.faults.append(f"{job} has no result, or a wrong one")
            if not fetched.exists() or fetched.read_text() != wanted:
                self.faults.append(f"{job} was not fetched, or is something else")

    def newest_record(self, job):
        prefix = f"{self.prefix}.holdfast/{job}/log/"
        page = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix, MaxKeys=1)
        return RECORDS - int(page["Contents"][0]["Key"][len(prefix):].replace("/", ""))

    def ended_before(self, id):
        """The job of which a record of this number says that it has completed."""
        job, _, number = id.rpartition("/")
        if job not in self.expected or not number.isdigit():
            return []
        digits = str(RECORDS - int(number)).rjust(13, "0")
        try:
            record = json.loads(self.bytes_of(f".holdfast/{job}/log/{digits[:10]}/{digits[10:]}"))
        except self.s3.exceptions.NoSuchKey:
            return []
        return [job] if record["kind"] == "completed" else []

    def check_notices(self, got, bad_signatures, groups, finished):
        """Each end at least once, nothing else, and nothing that says two things."""
        if bad_signatures:
            self.faults.append(f"{bad_signatures} notifications have no good signature")
        by_id = {}
        for notice in got:
            before = by_id.setdefault(notice["id"], notice)
            if {**before, "when": None} != {**notice, "when": None}:
                self.faults.append(f"{notice['id']} says two things: {before} and {notice}")
        unknown = dict(by_id)
        group_of = {job: group for group, jobs in groups.items() for job in jobs}
        for job, wanted in self.expected.items():
            notice = unknown.pop(f"{job}/{self.newest_record(job)}", None)
            if notice is None:
                self.faults.append(f"nobody was told of the end of {job}")
                continue
            event = "dead" if wanted is None else "completed"
            if (notice["event"], notice["job_id"], notice["group"]) != (event, job, group_of[job]):
                self.faults.append(f"{job} is {event}, and told was {notice}")
        for group, jobs in groups.items():
            dead = sum(self.expected[job] is None for job in jobs)
            ids = [id for id in unknown if id.startswith(f"group/{group}/")]
            if len(ids) != finished[group]:
                self.faults.append(f"group {group} finished {finished[group]} times, and told was {ids}")
            for notice in [unknown.pop(id) for id in ids]:
                if (notice["jobs"], notice["completed"], notice["dead"]) != (len(jobs), len(jobs) - dead, dead):
                    self.faults.append(f"of group {group} was told {notice}")
        # Jobs that were run again had ended before, too.
        for id, notice in unknown.items():
            if notice.get("job_id") not in self.ended_before(id):
                self.faults.append(f"nothing has happened that {id} tells of")

    def check_collected(self, jobs, results_stay):
        """Of these jobs all is gone that is to go; what belongs to no job that is known is a fault, too."""
        others = set(self.expected) - set(jobs)
        for key, size in keys_below(self.s3, self.bucket, self.prefix):
            job = key.removeprefix(".holdfast/").split("/")[0]
            if job in others:
                continue
            if OF_THE_RECORD.match(key) or OF_THE_FLEET.match(key):
                continue
            if results_stay and (key == f"{job}/sum" or self.kept_with_result(key)):
                continue
            self.faults.append(f"gc left {key}, {size} bytes (results {'stay' if results_stay else 'go'})")
        uploads = self.s3.list_multipart_uploads(Bucket=self.bucket, Prefix=self.prefix).get("Uploads", [])
        self.faults += [f"gc left the unfinished upload of {upload['Key']}" for upload in uploads]
        for job in self.expected if results_stay else others:
            if self.expected[job] is not None and self.result_of(job) != self.expected[job]:
                self.faults.append(f"gc took the result of {job}, which was to stay")

    @staticmethod
    def kept_with_result(key):
        """What each attempt printed stays with the results; checkpoints and copies of results do not."""
        return re.match(r"\.holdfast/[^/]+/attempts/\d+/log", key) is not None
