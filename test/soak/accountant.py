"""Reads the bucket and the queues when all is over, as a stranger would, and says what is not as it
must be: each job has exactly one result, the right one, or is dead with its cause."""
import json

ENDS = ("completed", "dead", "cancelled")


def objects_below(bucket, name, prefix):
    pages = bucket.get_paginator("list_objects_v2").paginate(Bucket=name, Prefix=prefix)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def read(bucket, name, key):
    return bucket.get_object(Bucket=name, Key=key)["Body"].read()


def check_log(job, records):
    """Faults in one job's log, oldest record first."""
    before = None
    for number, record in enumerate(records, 1):
        def fault(text):
            return f"{job}, record {record['number']}: {text}"
        if record["number"] != number:
            yield fault(f"stands where record {number} must")
        if before:
            if before["state"] in ENDS:
                yield fault("follows an end")
            if record["generation"] < before["generation"]:
                yield fault("the committed generation goes down")
            if record["kind"] == "claimed":
                if record["attempt"] != before["attempt"] + 1:
                    yield fault("a claim that does not take the next number")
            elif (record["attempt"], record["attempt_id"]) != (before["attempt"],
                                                               before["attempt_id"]):
                yield fault("written by an attempt that is superseded")
        elif record["kind"] != "claimed":
            yield fault("a log that does not begin with a claim")
        before = record


def check_job(bucket, name, prefix, job, wanted, keys):
    """`wanted`: the right result, or None for a job that its program refuses."""
    logs = sorted((key for key in keys if key.startswith(f"{prefix}/.holdfast/{job}/log/")), reverse=True)
    if not logs:
        yield f"{job}: lost; nobody has ever claimed it"
        return
    records = [json.loads(read(bucket, name, key)) for key in logs]
    yield from check_log(job, records)
    last = records[-1]
    result = f"{prefix}/{job}/result.txt"
    if wanted is None:
        if last["state"] != "dead" or last.get("reason") != "refused":
            yield f"{job}: must be dead as refused, but is {last['state']} {last.get('reason', '')}"
        if result in keys:
            yield f"{job}: is dead and has a result"
        return
    if last["state"] != "completed":
        yield f"{job}: is {last['state']} {last.get('reason', '')} in the end, not completed"
    if result not in keys:
        yield f"{job}: has no result"
        return
    found = read(bucket, name, result).decode()
    if found != wanted:
        yield f"{job}: its result is {found}, not {wanted}"
    # An attempt may have found the whole result of one that vanished right after it had stored it.
    attempts = f"{prefix}/.holdfast/{job}/attempts"
    listed = f"{attempts}/{last['attempt']}/outputs.json"
    stored_by = last["attempt"]
    if listed in keys:
        stored_by = json.loads(read(bucket, name, listed)).get("stored_by", stored_by)
    kept = f"{attempts}/{stored_by}/outputs/result.txt"
    if kept not in keys or read(bucket, name, kept).decode() != found:
        yield f"{job}: what is published is not what attempt {last['attempt']} committed"


def dead_letters(channel, queue):
    """Looks at all and puts them back: job id to reason, and how often each job occurs."""
    found = []
    while True:  # Ends: each is taken once, since none is given back meanwhile.
        method, properties, body = channel.basic_get(queue + ".dead")
        if method is None:
            break
        headers = properties.headers or {}
        found.append((json.loads(body).get("job_id"), headers.get("holdfast-reason")))
    channel.basic_nack(0, multiple=True, requeue=True)
    return found


def check_queues(channel, queue, jobs):
    faults = []
    for name in (queue, *(f"{queue}.retry.{seconds}s" for seconds in (30, 300, 1800))):
        left = channel.queue_declare(name, passive=True).method.message_count
        if left:
            faults.append(f"the queue {name} still holds {left} messages")
    letters = dead_letters(channel, queue)
    wanted = {job for job, result in jobs.items() if result is None}
    for job, reason in letters:
        if job not in wanted or reason != "refused":
            faults.append(f"{job}: set aside without cause ({reason})")
    for job in wanted - {job for job, _ in letters}:
        faults.append(f"{job}: was refused and is not among the dead letters")
    return faults


def check_bucket(bucket, name, prefix, jobs):
    """All that is wrong, as sentences. `jobs`: id to the right result, None if it is refused."""
    keys = set(objects_below(bucket, name, prefix + "/"))
    return [fault for job, wanted in jobs.items()
            for fault in check_job(bucket, name, prefix, job, wanted, keys)]
