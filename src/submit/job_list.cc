#include "submit/job_list.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "holdfast/error.h"
#include "submit/csv_reader.h"
#include "submit/jsonl_reader.h"
#include "submit/text_input.h"

namespace holdfast {

namespace {

constexpr std::size_t kCopyBytes = 256 * 1024;

// A file without a name: gone when it is closed, however the program ends.
FileDescriptor nameless_file() {
  std::string path = (temporary_folder() / "holdfast-list-XXXXXX").string();
  FileDescriptor file(::mkostemp(path.data(), O_CLOEXEC));
  if (!file.open()) throw_system_error("create", path);
  ::unlink(path.c_str());
  return file;
}

FileDescriptor spooled(const FileDescriptor& pipe, const std::string& name) {
  FileDescriptor file = nameless_file();
  std::string buffer(kCopyBytes, '\0');
  std::uint64_t offset = 0;
  for (;;) {  // Ends with what is piped in; the disk bounds it.
    const ssize_t got = ::read(pipe.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_system_error("read", name);
    if (got == 0) return file;
    const auto size = static_cast<std::size_t>(got);
    write_range(file, "a temporary copy of " + name, offset, {buffer.data(), size});
    offset += size;
  }
}

FileDescriptor opened(const std::string& name) {
  if (name == "-") {
    FileDescriptor input(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    if (!input.open()) throw_system_error("read", "standard input");
    return input;
  }
  FileDescriptor file(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open()) throw_system_error("read the list", name);
  return file;
}

ListFormat format_of(const std::string& name, const FileDescriptor& file) {
  const std::string suffix = std::filesystem::path(name).extension().string();
  if (suffix == ".csv") return ListFormat::csv;
  if (suffix == ".jsonl" || suffix == ".ndjson") return ListFormat::jsonl;
  TextInput input(file, name);
  int byte = input.next();
  while (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n') byte = input.next();
  return byte == '{' ? ListFormat::jsonl : ListFormat::csv;
}

}  // namespace

JobList::JobList(const std::string& name)
    : name_(name == "-" ? "standard input" : name), file_(opened(name)) {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) throw_system_error("read the list", name_);
  if (S_ISDIR(status.st_mode)) {
    throw Error(ErrorKind::rejected, "cannot read the list " + name_ + ": it is a folder");
  }
  // Also a file on standard input: somebody else may hold its position.
  if (!S_ISREG(status.st_mode) || name == "-") file_ = spooled(file_, name_);
  format_ = format_of(name, file_);
}

JobList JobList::of_sweep(const std::vector<SweptParameter>& parameters, const std::string& prefix,
                          const std::string& name) {
  FileDescriptor file = nameless_file();
  std::string text;
  std::uint64_t written = 0;
  const auto write = [&] {
    write_range(file, name, written, text);
    written += text.size();
    text.clear();
  };
  each_swept_job(parameters, prefix, [&](const ListedJob& job) {
    text += job.body + "\n";
    if (text.size() >= kCopyBytes) write();
  });
  write();
  return {name, std::move(file), ListFormat::jsonl};
}

std::unique_ptr<JobReader> JobList::read() const {
  TextInput input(file_, name_);
  std::unique_ptr<JobReader> reader;
  if (format_ == ListFormat::jsonl) {
    reader = std::make_unique<JsonlReader>(std::move(input));
  } else {
    reader = std::make_unique<CsvReader>(std::move(input));
  }
  if (!labels_.empty()) reader = with_labels(std::move(reader), labels_);
  return inputs_.none() ? std::move(reader) : with_inputs(std::move(reader), inputs_);
}

}  // namespace holdfast
