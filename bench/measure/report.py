"""The table: one Row for each figure, printed so that lines up to a terminal's width hold it."""
import dataclasses
import statistics
import textwrap

HEAD = ("what", "measured", "for comparison, same run", "goal", "met?")
WIDTHS = (27, 36, 36, 17, 4)


@dataclasses.dataclass
class Row:
    what: str
    measured: list
    beside: list
    reach: str
    met: bool
    notes: list = dataclasses.field(default_factory=list)

    def cells(self):
        met = "yes" if self.met else "NO"
        return ([self.what], self.measured, self.beside, [self.reach], [met])


def wrapped(lines, width):
    return [part for line in lines for part in textwrap.wrap(line, width, subsequent_indent="  ")]


def lines_of(cells):
    columns = [wrapped(cell, width) for cell, width in zip(cells, WIDTHS)]
    for number in range(max(map(len, columns))):
        texts = [column[number] if number < len(column) else "" for column in columns]
        yield "  ".join(text.ljust(width) for text, width in zip(texts, WIDTHS)).rstrip()


def print_table(rows):
    rule = "  ".join("-" * width for width in WIDTHS)
    print()
    for line in lines_of([[name] for name in HEAD]):
        print(line)
    for row in rows:
        print(rule)
        for line in lines_of(row.cells()):
            print(line)
    print(rule)
    for row in rows:
        for note in row.notes:
            print(note)


def median(values):
    return statistics.median(values)


def at_share(values, share):
    """The value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def grouped(number):
    return f"{number:,.0f}"


def mib(kib):
    return f"{kib / 1024:.1f} MiB"
