"""The same of ten million files. Takes long and much disk: measured only where it is asked for."""
import many

FILES, FILES_QUICK = 10_000_000, 50_000
SECONDS_MAX = 6 * 3600


def rows(folder, quick):
    yield from many.rows_of(folder, FILES_QUICK if quick else FILES, SECONDS_MAX)
