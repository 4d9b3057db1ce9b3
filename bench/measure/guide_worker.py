"""A worker with the guide's libraries, as idle as ours: connected, subscribed, nothing to do."""
import os
import threading

import boto3
import pika

store = boto3.client(
    "s3", aws_access_key_id=os.environ["R2_AWS_ACCESS_KEY_ID"],
    aws_secret_access_key=os.environ["R2_AWS_SECRET_ACCESS_KEY"], region_name="auto",
    endpoint_url=os.environ["R2_S3_ENDPOINT_URL"])


def work(channel, tag):
    store.put_object(Bucket=os.environ["R2_BUCKET_NAME"], Key="bench/result.txt", Body="0")
    channel.connection.add_callback_threadsafe(lambda: channel.basic_ack(tag))


def take(channel, method, properties, body):
    threading.Thread(target=work, args=(channel, method.delivery_tag)).start()


channel = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"])).channel()
channel.basic_qos(prefetch_count=1)
channel.basic_consume(os.environ["JOB_QUEUE"], take)
channel.start_consuming()
