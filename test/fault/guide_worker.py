# Plays the worker of the RabbitMQ guide, as far as others can see it: the same queue, messages and
# objects. Makes the guide's topology, publishes one job without a message id, works on it and keeps
# {job_id}/checkpoint.json until it is killed.
#
# guide_worker.py JOB STEPS STEP_SECONDS
import json
import os
import sys
import time

import boto3
import pika

job_id, steps, step_seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
queue = os.environ["JOB_QUEUE"]
connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.exchange_declare("deadletter", exchange_type="direct", durable=True)
channel.queue_declare("deadletter", durable=True)
channel.queue_bind("deadletter", "deadletter", routing_key="")
channel.queue_declare(queue, durable=True, arguments={
    "x-queue-type": "quorum", "x-dead-letter-exchange": "deadletter", "x-delivery-limit": 3})
channel.confirm_delivery()
channel.basic_publish("", queue, json.dumps({"job_id": job_id, "steps": steps}))

bucket = boto3.client(
    "s3", region_name="auto", endpoint_url=os.environ["R2_S3_ENDPOINT_URL"],
    aws_access_key_id=os.environ["R2_AWS_ACCESS_KEY_ID"],
    aws_secret_access_key=os.environ["R2_AWS_SECRET_ACCESS_KEY"])
channel.basic_qos(prefetch_count=1)
method, _, body = next(channel.consume(queue))
job = json.loads(body)
state = {"step": 0, "sum": 0}
while state["step"] < job["steps"]:
    time.sleep(step_seconds)
    state["step"] += 1
    state["sum"] += state["step"]
    bucket.put_object(Bucket=os.environ["R2_BUCKET_NAME"], Key=f"{job_id}/checkpoint.json",
                      Body=json.dumps(state))
    print(f"step {state['step']} kept", flush=True)
