#include "tidy.h"

#include <algorithm>
#include <functional>
#include <regex>
#include <sstream>

namespace holdfast::tidy {

namespace {

constexpr std::size_t kColumnsMax = 100;
constexpr std::size_t kLinesMax = 500;

bool is_code(const std::string& path) {
  return path.ends_with(".cc") || path.ends_with(".h");
}
bool is_product(const std::string& path) {
  return path.starts_with("src/") || path.starts_with("include/");
}
bool is_build_file(const std::string& path) {
  return path.ends_with(".cmake") || path.ends_with("CMakeLists.txt");
}
std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// The room of src/ROOM/file, src/adapters/ROOM/file or include/holdfast/file; also of what stands
// in an #include, which begins with the room.
std::string room_of(std::string path) {
  for (const std::string prefix : {"src/", "include/"}) {
    if (path.starts_with(prefix)) path = path.substr(prefix.size());
  }
  std::size_t end = path.find('/');
  if (path.starts_with("adapters/")) end = path.find('/', end + 1);
  return path.substr(0, end);
}

void each_line(const Source& source,
               const std::function<void(std::size_t number, const std::string& line)>& visit) {
  std::istringstream lines(source.text);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) visit(++number, line);
}

std::string at(const Source& source, std::size_t number) {
  return source.path + ":" + std::to_string(number) + ": ";
}

std::size_t characters_in(const std::string& line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// `pattern` may stand in code of the product only where `allowed` begins the path.
struct Place {
  std::regex pattern;
  std::vector<std::string> allowed;
  std::string why;
};

void find_misplaced(const Source& source, const std::vector<Place>& places, Faults& faults) {
  for (const Place& place : places) {
    const auto allows = [&](const std::string& path) { return source.path.starts_with(path); };
    if (std::any_of(place.allowed.begin(), place.allowed.end(), allows)) continue;
    each_line(source, [&](std::size_t number, const std::string& line) {
      if (std::regex_search(line, place.pattern)) faults.push_back(at(source, number) + place.why);
    });
  }
}

const std::vector<Place>& foreign_headers() {
  static const std::vector<Place> places = {
      {std::regex("#include <amqp"), {"src/adapters/amqp/"}, "amqp.h belongs to adapters/amqp"},
      {std::regex("#include <boost/"), {"src/adapters/http/"}, "Boost belongs to adapters/http"},
      {std::regex("#include <sqlite3"),
       {"src/adapters/sqlite/"},
       "sqlite3.h belongs to adapters/sqlite"},
      {std::regex("#include <openssl/"),
       {"src/base/digest.cc", "src/base/hmac.cc", "src/adapters/http/", "src/adapters/net/tls.",
        "src/adapters/s3/", "src/adapters/amqp/tls."},
       "OpenSSL belongs to base/digest.cc, base/hmac.cc, adapters/http, net/tls, s3 and amqp/tls"},
      {std::regex("#include <nlohmann/"),
       {"src/core/job.cc",
        "src/core/record_json.cc",
        "src/core/checkpoint_json.cc",
        "src/core/output_list_json.cc",
        "src/core/log_segment.cc",
        "src/core/notice_json.cc",
        "src/core/unfit_notice_json.cc",
        "src/core/written_values.cc",
        "src/dashboard/page_json.cc",
        "src/operate/operate_json.cc",
        "src/status/job_status.cc",
        "src/status/job_entry_json.cc",
        "src/status/account_json.h",
        "src/status/needs_person_json.h",
        "src/status/why.cc",
        "src/submit/json_text.cc",
        "src/adapters/amqp/amqp_admin.cc",
        "src/adapters/amqp/holding_workers.cc",
        "src/adapters/amqp/management_reading.cc",
        "src/adapters/salad/salad_json.cc",
        "src/app/fetched_json.cc",
        "src/app/finding_output.cc",
        "src/app/flat_json.cc",
        "src/app/management.cc",
        "src/app/commands/",
        "src/app/dashboard/action_json.cc"},
       "nlohmann-json is heavy and belongs to the few files that read or write JSON"},
      {std::regex("#include <(spdlog|fmt)/"), {"src/base/log.cc"}, "spdlog belongs to base/log.cc"},
      {std::regex("#include <CLI/"), {}, "the command line is ours (docs/decisions/0039)"},
      {std::regex("#include <zstd"), {"src/base/"}, "zstd belongs to base"},
  };
  return places;
}

const std::vector<Place>& words() {
  static const std::vector<Place> places = {
      {std::regex("_clock::now\\("),
       {"src/adapters/local/system_clock.cc"},
       "only adapters/local/system_clock.cc asks the system for the time"},
      {std::regex("sleep_(for|until)\\(|\\busleep\\(|\\bnanosleep\\("),
       {"src/adapters/local/system_clock.cc"},
       "nobody sleeps in place of waiting for an event"},
      {std::regex("std::(recursive_|shared_|timed_)?mutex\\b|std::condition_variable"),
       {"src/base/mailbox.h", "src/base/locked.h", "src/base/thread_pool.h",
        "src/base/thread_pool.cc", "src/checkpoint/chunk_table.h"},
       "mutexes are in base/mailbox.h, base/locked.h, base/thread_pool.h and "
       "checkpoint/chunk_table.h"},
      {std::regex("std::atomic"), {"src/base/shared_value.h"}, "atomics stay in base/"},
      {std::regex("\\.detach\\(\\)"), {}, "no thread is detached"},
      {std::regex("^\\s*using namespace"), {"src/base/time.h"}, "no using namespace"},
      {std::regex("^\\s*#\\s*define"), {}, "no macros"},
      {std::regex("\\bstd::(cout|cerr)\\b"),
       {"src/app/"},
       "results and messages are app's business"},
  };
  return places;
}

}  // namespace

Layers parse_layers(const std::string& text) {
  Layers layers;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(':');
    if (line.empty() || line.front() == '#' || colon == std::string::npos) continue;
    std::istringstream rooms(line.substr(colon + 1));
    std::set<std::string>& allowed = layers[line.substr(0, colon)];
    for (std::string room; rooms >> room;) allowed.insert(room);
  }
  return layers;
}

Faults layer_faults(const Layers& layers, const std::vector<Source>& sources) {
  static const std::regex include(R"re(^\s*#\s*include\s+"([^"]+)")re");
  Faults faults;
  for (const Source& source : sources) {
    if (!is_code(source.path) || !is_product(source.path)) continue;
    const std::string room = room_of(source.path);
    const auto known = layers.find(room);
    if (known == layers.end()) {
      faults.push_back(source.path + ": src/LAYERS does not know the room " + room);
      continue;
    }
    each_line(source, [&](std::size_t number, const std::string& line) {
      std::smatch found;
      if (!std::regex_search(line, found, include)) return;
      const std::string other = room_of(found[1]);
      if (other == room || known->second.contains(other)) return;
      faults.push_back(at(source, number) + room + " must not include " + found[1].str());
    });
  }
  return faults;
}

Faults foreign_header_faults(const std::vector<Source>& sources) {
  Faults faults;
  for (const Source& source : sources) {
    if (is_code(source.path) && is_product(source.path)) {
      find_misplaced(source, foreign_headers(), faults);
    }
  }
  return faults;
}

Faults word_faults(const std::vector<Source>& sources) {
  Faults faults;
  for (const Source& source : sources) {
    if (!is_code(source.path) || !is_product(source.path)) continue;
    find_misplaced(source, words(), faults);
    if (source.path.starts_with("src/adapters/")) continue;
    static const std::vector<Place> core_only = {
        {std::regex("\\blog\\(LogLevel"),
         {"src/base/", "src/checkpoint/", "src/inputs/", "src/tasklog/", "src/worker/",
          "src/submit/", "src/notify/", "src/operate/", "src/status/", "src/app/"},
         "core and ports do not log"}};
    find_misplaced(source, core_only, faults);
  }
  return faults;
}

Faults shape_faults(const std::vector<Source>& sources) {
  Faults faults;
  for (const Source& source : sources) {
    if (!is_code(source.path)) continue;
    std::size_t lines = 0;
    each_line(source, [&](std::size_t number, const std::string& line) {
      lines = number;
      if (characters_in(line) > kColumnsMax) faults.push_back(at(source, number) + "a long line");
      if (line.find('\t') != std::string::npos) faults.push_back(at(source, number) + "a tab");
      if (line.ends_with(' ')) faults.push_back(at(source, number) + "a blank at the end");
    });
    if (is_product(source.path) && lines > kLinesMax) {
      faults.push_back(source.path + ": " + std::to_string(lines) + " lines are too many subjects");
    }
    if (source.path.ends_with(".h") && source.text.find("#pragma once") == std::string::npos) {
      faults.push_back(source.path + ": a header without #pragma once");
    }
    if (source.path.ends_with(".h") && !source.text.starts_with("//")) {
      faults.push_back(source.path + ": a header that does not say what it is");
    }
  }
  return faults;
}

Faults test_faults(const std::vector<Source>& sources) {
  // In two parts, so that this file does not find itself.
  static const std::regex off(
      "DISABLED"
      "_|TODO\\("
      "now\\)|GTEST"
      "_SKIP");
  static const std::regex commented_out(
      "//\\s*(TYPED_)?TEST(_F|_P)?"
      "\\(");
  Faults faults;
  std::string build_files;
  for (const Source& source : sources) {
    if (is_build_file(source.path)) build_files += source.text;
  }
  for (const Source& source : sources) {
    if (!is_code(source.path)) continue;
    each_line(source, [&](std::size_t number, const std::string& line) {
      if (std::regex_search(line, off)) faults.push_back(at(source, number) + "switched off");
      if (std::regex_search(line, commented_out)) {
        faults.push_back(at(source, number) + "a test that is commented out");
      }
    });
    const bool named = build_files.find(name_of(source.path)) != std::string::npos;
    if (source.path.ends_with("_test.cc") && !named) {
      faults.push_back(source.path + ": no build file names this test, so it never runs");
    }
  }
  return faults;
}

Faults machine_faults(const std::vector<Source>& sources) {
  static const std::regex place(
      "(^|[^A-Za-z0-9_}./-])/wo"
      "rk/|\\.\\./sha"
      "red\\b");
  Faults faults;
  for (const Source& source : sources) {
    each_line(source, [&](std::size_t number, const std::string& line) {
      if (std::regex_search(line, place)) {
        faults.push_back(at(source, number) + "names a place on one machine");
      }
    });
  }
  return faults;
}

Faults path_faults(const std::vector<Source>& sources, const std::set<std::string>& paths) {
  static const std::regex quoted(
      "`((src|include|test|bench|cmake|docs|packaging|examples)/[^`]*)`");
  Faults faults;
  for (const Source& source : sources) {
    if (!source.path.ends_with(".md")) continue;
    each_line(source, [&](std::size_t number, const std::string& line) {
      for (std::sregex_iterator found(line.begin(), line.end(), quoted), end; found != end;
           ++found) {
        std::string path = (*found)[1];
        while (path.ends_with('/')) path.pop_back();
        // Something to be filled in, or a command line.
        if (path.find_first_of("{*… ") != std::string::npos) continue;
        if (!paths.contains(path)) faults.push_back(at(source, number) + "there is no " + path);
      }
    });
  }
  return faults;
}

Faults named_test_faults(const std::vector<Source>& sources) {
  static const std::regex defined(R"(\bTEST(_F|_P)?\(\s*(\w+),\s*(\w+)\s*\))");
  static const std::regex named("`([A-Z]\\w+\\.[A-Z]\\w+)`");
  std::set<std::string> tests;
  for (const Source& source : sources) {
    if (!is_code(source.path)) continue;
    const std::string& text = source.text;
    for (std::sregex_iterator found(text.begin(), text.end(), defined), end; found != end;
         ++found) {
      tests.insert((*found)[2].str() + "." + (*found)[3].str());
    }
  }
  Faults faults;
  for (const Source& source : sources) {
    if (!source.path.ends_with(".md")) continue;
    each_line(source, [&](std::size_t number, const std::string& line) {
      for (std::sregex_iterator found(line.begin(), line.end(), named), end; found != end;
           ++found) {
        const std::string test = (*found)[1];
        if (!tests.contains(test))
          faults.push_back(at(source, number) + "there is no test " + test);
      }
    });
  }
  return faults;
}

}  // namespace holdfast::tidy
