"""Usage: boto_mover.py up|down BUCKET KEY FILE. What a user of the guide's scripts would run."""
import os
import sys

import boto3

direction, bucket, key, path = sys.argv[1:]
s3 = boto3.client(
    "s3", endpoint_url=os.environ["R2_S3_ENDPOINT_URL"], region_name="us-east-1",
    aws_access_key_id=os.environ["R2_AWS_ACCESS_KEY_ID"],
    aws_secret_access_key=os.environ["R2_AWS_SECRET_ACCESS_KEY"])
if direction == "up":
    s3.upload_file(path, bucket, key)
else:
    s3.download_file(bucket, key, path)
