"""What a worker asks of store and broker for one job, overheard on the wire."""
import collections
import urllib.parse

import wire

JOBS = 10
RECORDED = 5  # The job whose calls stand for all: neither the first nor the last.


def store_call(method, target, headers, root):
    """As bare_store_calls reads it: KIND KEY [SIZE|FROM]; None if it is not about a job."""
    parts = urllib.parse.urlsplit(target)
    query = dict(urllib.parse.parse_qsl(parts.query))
    path = urllib.parse.unquote(parts.path)
    key = query.get("prefix", "") if "list-type" in query else path
    key = key.removeprefix("/" + root[0] + "/").removeprefix(root[1] + "/")
    if "list-type" in query:
        return None if "delimiter" in query else f"list {key}"
    if method == "GET":
        return f"get {key}"
    if method == "DELETE":
        return f"remove {key}"
    if source := headers.get("x-amz-copy-source"):
        source = urllib.parse.unquote(source).lstrip("/")
        source = source.removeprefix(f"{root[0]}/{root[1]}/")
        return f"copy {key} {source}"
    kind = "create" if "if-none-match" in headers else "put"
    return f"{kind} {key} {headers.get('content-length', 0)}"


def overhear(place, task):
    """Store calls of one job, with {job} for its id, and how often each AMQP method came per job."""
    store_calls, methods = [], collections.Counter()
    root = (place.environment["R2_BUCKET_NAME"], place.prefix)

    def note_request(method, target, headers):
        store_calls.append(store_call(method, target, headers, root))

    def note_method(name):
        methods[name] += 1

    store = wire.between(place.environment["R2_S3_ENDPOINT_URL"],
                         lambda: (wire.HttpRequests(note_request), None))
    broker = wire.between(place.url, lambda: (wire.AmqpMethods(note_method, True),
                                              wire.AmqpMethods(note_method, False)))
    place.empty_queue()
    place.submit(place.write_list(JOBS))
    place.run(["work", "--until-empty", "--", *task], AMQP_URL=broker.instead_of(place.url),
              R2_S3_ENDPOINT_URL=store.instead_of(place.environment["R2_S3_ENDPOINT_URL"]))
    store.close()
    broker.close()
    job = f"job-{RECORDED}"
    mine = [call.replace(job + "/", "{job}/") for call in store_calls if call and job + "/" in call]
    if not mine:
        raise SystemExit("No call of the worker was overheard.")
    per_job = {name: methods[name] // JOBS for name in METHODS_OF_A_JOB}
    return mine, per_job


METHODS_OF_A_JOB = ("basic.consume", "basic.deliver", "basic.cancel", "basic.ack")
