"""The running services, as tests in Python use them. Those who import it put this folder into sys.path."""
import os
import subprocess
import urllib.parse

import boto3


def variable(name):
    value = os.environ.get(name)
    if not value:
        raise SystemExit(f"{name} is not set. ./dev test and ./dev soak start the services and set it.")
    return value


def s3_client():
    return boto3.client("s3", endpoint_url=variable("HOLDFAST_TEST_S3_ENDPOINT"), region_name="us-east-1",
                        aws_access_key_id=variable("HOLDFAST_TEST_S3_ACCESS_KEY"),
                        aws_secret_access_key=variable("HOLDFAST_TEST_S3_SECRET_KEY"))


class Place:
    """A virtual host at the broker and a prefix in the bucket, both of this name, and `holdfast` in a folder whose worker.env
    leads there."""

    def __init__(self, name, folder):
        self.name = name
        self.folder = folder
        self.prefix = name + "/"
        self.bucket = variable("HOLDFAST_TEST_S3_BUCKET")
        self.s3 = s3_client()
        self.program = variable("HOLDFAST_TEST_PROGRAM")
        self.control = variable("HOLDFAST_TEST_RABBITMQCTL")

    def rabbit(self, *words):
        subprocess.run([self.control, "-q", *words], check=True, stdout=subprocess.DEVNULL)

    def make(self, **more_settings):
        url = urllib.parse.urlsplit(variable("HOLDFAST_TEST_AMQP_URL"))
        self.rabbit("add_vhost", self.name)
        self.rabbit("set_permissions", "-p", self.name, urllib.parse.unquote(url.username), ".*", ".*", ".*")
        settings = {"AMQP_URL": url._replace(path="/" + self.name).geturl(), "JOB_QUEUE": "jobs",
                    "HOLDFAST_STORE": f"s3://{self.bucket}/{self.name}",
                    "R2_AWS_ACCESS_KEY_ID": variable("HOLDFAST_TEST_S3_ACCESS_KEY"),
                    "R2_AWS_SECRET_ACCESS_KEY": variable("HOLDFAST_TEST_S3_SECRET_KEY"),
                    "R2_S3_ENDPOINT_URL": variable("HOLDFAST_TEST_S3_ENDPOINT"), **more_settings}
        file = self.folder / "worker.env"
        file.touch(0o600)
        file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        self.holdfast("setup")

    def command(self, *words):
        """`holdfast WORDS...`, for those who start it themselves in the folder."""
        return [self.program, words[0], "--env-file", "worker.env", *words[1:]]

    def holdfast(self, *words):
        """`holdfast WORDS...` to its end, which must be a success: what it printed."""
        done = subprocess.run(self.command(*words), cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"holdfast {' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def remove(self):
        """Whatever there is of it: making it may have failed."""
        subprocess.run([self.control, "-q", "delete_vhost", self.name], check=False, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix):
            keys = [{"Key": entry["Key"]} for entry in page.get("Contents", [])]
            if keys:
                self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": keys, "Quiet": True})
