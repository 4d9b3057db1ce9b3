"""The guide's worker with a task at a known pace: computes, then uploads in the task's own time.

guide_paced_worker.py STEPS_PER_CHECKPOINT STEP_SECONDS STATE_BYTES"""
import json
import os
import sys
import threading
import time

import boto3
import botocore.exceptions
import pika

per_checkpoint, step_seconds, size = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
store = boto3.client(
    "s3", aws_access_key_id=os.environ["R2_AWS_ACCESS_KEY_ID"],
    aws_secret_access_key=os.environ["R2_AWS_SECRET_ACCESS_KEY"], region_name="auto",
    endpoint_url=os.environ["R2_S3_ENDPOINT_URL"])
place = {"Bucket": os.environ["R2_BUCKET_NAME"]}


def key(job, name):
    return f"{os.environ['BENCH_PREFIX']}/{job}/{name}"


def work(channel, tag, job):
    try:
        body = store.get_object(Key=key(job["job_id"], "checkpoint"), **place)["Body"].read()
        step = int(body[:16])
    except store.exceptions.NoSuchKey:
        step = 0
    while step < job["steps"]:
        for _ in range(min(per_checkpoint, job["steps"] - step)):
            time.sleep(step_seconds)
            step += 1
            with open(os.environ["BENCH_STATE"], "w", encoding="ascii") as state:
                state.write(f"{job['job_id']} {step}")
        body = b"%016d" % step + os.urandom(size)
        store.put_object(Key=key(job["job_id"], "checkpoint"), Body=body, **place)
    store.put_object(Key=key(job["job_id"], "result"), Body=str(step).encode(), **place)
    channel.connection.add_callback_threadsafe(lambda: channel.basic_ack(tag))


def take(channel, method, properties, body):
    threading.Thread(target=work, args=(channel, method.delivery_tag, json.loads(body)),
                     daemon=True).start()


channel = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"])).channel()
channel.basic_qos(prefetch_count=1)
channel.basic_consume(os.environ["JOB_QUEUE"], take)
print("ready", flush=True)
channel.start_consuming()
