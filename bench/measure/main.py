"""Measures the rows one after the other and prints the table. bench/run.sh is the way in."""
import importlib
import os
import sys
import tempfile
import time

# By the name of its row: the module that measures it, loaded when it is wanted.
ROWS = {"submit": "submit", "idle": "idle", "empty": "empty_jobs", "first": "first_instruction",
        "size": "size", "goodput": "goodput", "transfer": "transfer", "freeze": "freeze",
        "economics": "economics", "slowdown": "slowdown", "resume": "resume", "many": "many",
        "requests": "store_requests", "output": "output", "inputs": "inputs", "fetch": "fetch",
        "takeover": "takeover", "outage": "outage", "seen": "seen"}
# Measured only if it is named.
LONG_ROWS = {"millions": "millions"}


def steal_seconds():
    """Time that other machines on the same host took from this one."""
    with open("/proc/stat", encoding="ascii") as stat:
        return int(stat.readline().split()[8]) / os.sysconf("SC_CLK_TCK")


def main(words):
    # --check: only whether these rows are known, before anything is built for them.
    check, quick = "--check" in words, "--quick" in words
    chosen = [word for word in words if word not in ("--check", "--quick")] or list(ROWS)
    for word in chosen:
        if word not in ROWS | LONG_ROWS:
            names = ", ".join(ROWS | LONG_ROWS)
            raise SystemExit(f"./dev bench does not know {word}; it knows --quick and the rows {names}.")
    if check:
        return
    import report
    begin, stolen, load = time.monotonic(), steal_seconds(), os.getloadavg()[0]
    rows = []
    with tempfile.TemporaryDirectory(prefix="holdfast-bench.") as folder:
        for name in chosen:
            print(f"Measuring: {name}", file=sys.stderr, flush=True)
            row = importlib.import_module((ROWS | LONG_ROWS)[name])
            rows.extend(row.rows(folder, quick))
    report.print_table(rows)
    took = time.monotonic() - begin
    print(f"\n{os.cpu_count()} cores, load {load:.1f} before and {os.getloadavg()[0]:.1f} after, "
          f"{(steal_seconds() - stolen) / took / os.cpu_count():.0%} of the time stolen by other "
          f"machines; took {took:.0f} s{', quick: too short to be quoted' if quick else ''}.")


main(sys.argv[1:])
