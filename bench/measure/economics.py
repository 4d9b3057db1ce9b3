"""What of a second checkpoint travels, for the ways in which programs change theirs."""
import json
import os
import pathlib
import random
import shutil
import sqlite3
import tempfile

import report
import transfer

MIB = 1 << 20


def append(path, mib, again):
    """A trajectory of random floats that has grown by a tenth."""
    if again:
        with open(path / "traj.trr", "ab") as file:
            file.write(os.urandom(mib * MIB // 10))
        return mib * MIB // 10
    transfer.random_file(path / "traj.trr", mib)
    return 0


def frozen_base(path, mib, again):
    """Weights: three quarters never change, the rest moves at every step."""
    if not again:
        transfer.random_file(path / "base.bin", mib * 3 // 4)
    transfer.random_file(path / "head.bin", mib // 4)
    return (mib // 4) * MIB


def sqlite(path, mib, again):
    """A database of which 1 % of the rows change."""
    base = sqlite3.connect(path / "state.sqlite")
    rows = mib * 4096
    if not again:
        base.execute("create table t (id integer primary key, a text, b blob)")
        base.executemany("insert into t values (?, ?, ?)",
                         ((i, f"row {i}", os.urandom(96).hex().encode()) for i in range(rows)))
    changed = range(0, rows, 100) if again else ()
    base.executemany("update t set b = ? where id = ?",
                     ((os.urandom(96).hex().encode(), i) for i in changed))
    base.commit()
    base.close()
    return len(changed) * 220


def jsonl(path, mib, again):
    """Lines written anew, some of them moved."""
    source = random.Random(7)
    lines = [json.dumps({"id": i, "value": source.random(), "text": f"{source.getrandbits(900):x}"})
             for i in range(mib * 3500)]
    if again:
        for _ in range(75):
            lines.insert(source.randrange(len(lines)), lines.pop(source.randrange(len(lines))))
    (path / "results.jsonl").write_text("\n".join(lines) + "\n", encoding="ascii")
    return 75 * 270 if again else 0


def small_files(path, mib, again):
    """Files of 16 KiB, of which 1 % changed."""
    files = mib * 64
    for number in range(0, files, 100 if again else 1):
        folder = path / str(number // 1000)
        folder.mkdir(exist_ok=True)
        (folder / str(number)).write_bytes(os.urandom(16 * 1024))
    return (files + 99) // 100 * 16 * 1024


# Name, how it changes, MiB, and what may travel: times what is new, or a share of all.
CASES = (("a trajectory that grew by a tenth", append, 320, 1.1, 0),
         ("weights with a frozen base", frozen_base, 256, 1.1, 0),
         ("SQLite, 1 % of the rows changed", sqlite, 160, 0, 0.05),
         ("JSONL written anew, 75 lines moved", jsonl, 160, 0, 0.01),
         ("20,000 small files, 1 % changed", small_files, 320, 1.1, 0))


def sizes(path):
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def rows(_, quick):
    with tempfile.TemporaryDirectory(prefix="holdfast-bench.", dir="/dev/shm") as memory:
        place = transfer.Place(memory)
        for number, (name, change, mib, times, share) in enumerate(CASES):
            first, second = place.folder / f"{number}-1", place.folder / f"{number}-2"
            first.mkdir()
            change(first, mib // 16 if quick else mib, False)
            shutil.copytree(first, second)
            new = change(second, mib // 16 if quick else mib, True)
            size = sizes(second)
            said = place.run([transfer.fleet.program("moved_directory"), "up",
                              f"{place.prefix}/{number}", str(second), str(first)])[3]
            sent, manifest = map(int, said.splitlines()[1].split()[3:])
            bound = new * times if times else size * share
            yield report.Row(
                f"checkpoint 2 of {name}", [f"{sent / MIB:.2f} MiB of {size / MIB:.0f} MiB",
                                            f"and a manifest of {manifest / MIB:.2f} MiB"],
                [f"{new / MIB:.2f} MiB are new"],
                f"<= {times} times" if times else f"<= {share:.0%}", sent <= bound)
            shutil.rmtree(first)
            shutil.rmtree(second)
            place.remove_objects()
