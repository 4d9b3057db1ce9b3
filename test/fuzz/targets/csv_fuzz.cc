// A list of jobs as CSV: what comes out of it must be jobs.
#include "fuzz/list_of_jobs.h"
#include "submit/csv_reader.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  read_list<CsvReader>(input);
}
