"""Usage: guide_submit.py COUNT. Submits as the guide's readers do, with confirms: one job, one
answer. Prints the jobs per second."""
import json
import os
import sys
import time

import pika

count = int(sys.argv[1])
queue = os.environ["JOB_QUEUE"]
channel = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"])).channel()
channel.confirm_delivery()
begin = time.monotonic()
for number in range(count):
    channel.basic_publish("", queue, json.dumps({"job_id": f"job-{number}", "steps": 600}),
                          pika.BasicProperties(delivery_mode=2), mandatory=True)
print(count / (time.monotonic() - begin))
