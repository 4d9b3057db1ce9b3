// Holds the repository to the rules of the house, and the rules to small made-up texts.
#include "tidy.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

namespace holdfast::tidy {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = HOLDFAST_REPOSITORY;

// Everything that people wrote. Nothing of a build, of git or of an editor.
struct Repository {
  std::vector<Source> sources;
  std::set<std::string> paths;

  Repository() {
    for (const auto& item : fs::directory_iterator(kRoot)) {
      const std::string name = item.path().filename().string();
      if (name == "build" || name == ".git" || name == ".cache") continue;
      take(item.path());
      if (!item.is_directory()) continue;
      for (const auto& below : fs::recursive_directory_iterator(item.path())) take(below.path());
    }
    std::sort(sources.begin(), sources.end(),
              [](const Source& a, const Source& b) { return a.path < b.path; });
  }

  void take(const fs::path& file) {
    const std::string path = file.lexically_relative(kRoot).string();
    paths.insert(path);
    if (!fs::is_regular_file(file)) return;
    std::ifstream in(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    const bool binary = text.find('\0') != std::string::npos;
    if (!binary) sources.push_back({path, std::move(text)});
  }

  std::string text_of(const std::string& path) const {
    for (const Source& source : sources) {
      if (source.path == path) return source.text;
    }
    return {};
  }
};

const Repository& repository() {
  static const Repository instance;
  return instance;
}

void expect_none(const Faults& faults) {
  for (const std::string& fault : faults) ADD_FAILURE() << fault;
}

TEST(RepositoryTest, IsThereToBeLookedAt) {
  EXPECT_GT(repository().sources.size(), 100u) << kRoot;
  EXPECT_TRUE(repository().paths.contains("src/core/claim.h"));
}

TEST(RepositoryTest, EveryRoomIncludesOnlyWhatItsLayerAllows) {
  const Layers layers = parse_layers(repository().text_of("src/LAYERS"));
  ASSERT_TRUE(layers.contains("core"));
  EXPECT_FALSE(layers.at("core").contains("ports"));
  expect_none(layer_faults(layers, repository().sources));
}

TEST(RepositoryTest, ForeignHeadersStayInTheirFolder) {
  expect_none(foreign_header_faults(repository().sources));
}

TEST(RepositoryTest, ClocksMutexesAndTheLikeStayInTheirPlace) {
  expect_none(word_faults(repository().sources));
}

TEST(RepositoryTest, FilesAndLinesHaveTheirShape) {
  expect_none(shape_faults(repository().sources));
}

TEST(RepositoryTest, EveryTestRuns) {
  expect_none(test_faults(repository().sources));
}

TEST(RepositoryTest, NoTextNamesAPlaceOnOneMachine) {
  expect_none(machine_faults(repository().sources));
}

TEST(RepositoryTest, EveryPathInADocumentExists) {
  expect_none(path_faults(repository().sources, repository().paths));
}

TEST(RepositoryTest, EveryTestNamedInADocumentExists) {
  expect_none(named_test_faults(repository().sources));
}

// The rules themselves.

TEST(LayersTest, AreReadWithCommentsAndEmptyRooms) {
  const Layers layers = parse_layers("# a: b\n\nbase:\ncore: base holdfast\nadapters/s3: ports\n");
  EXPECT_EQ(layers.size(), 3u);
  EXPECT_TRUE(layers.at("base").empty());
  EXPECT_EQ(layers.at("core"), (std::set<std::string>{"base", "holdfast"}));
}

TEST(LayersTest, AnIncludeUpwardsOrAcrossIsFound) {
  const Layers layers = parse_layers("base:\ncore: base\nadapters/s3: base\nadapters/amqp: base\n");
  const auto faults = [&](const char* path, const char* line) {
    return layer_faults(layers, {{path, line}}).size();
  };
  EXPECT_EQ(faults("src/core/a.cc", "#include \"base/log.h\"\n#include <core/x>\n"), 0u);
  EXPECT_EQ(faults("src/core/a.cc", "#include \"core/b.h\""), 0u);
  EXPECT_EQ(faults("src/base/a.cc", "#include \"core/b.h\""), 1u);
  EXPECT_EQ(faults("src/adapters/s3/a.cc", "#include \"adapters/s3/b.h\""), 0u);
  EXPECT_EQ(faults("src/adapters/s3/a.cc", "#include \"adapters/amqp/b.h\""), 1u);
  EXPECT_EQ(faults("src/adapters/s3/a.cc", "  #  include \"core/b.h\""), 1u);
  EXPECT_EQ(faults("src/new_room/a.cc", ""), 1u);
  EXPECT_EQ(faults("test/unit/a.cc", "#include \"core/b.h\""), 0u);
}

TEST(ForeignHeadersTest, OutsideTheirFolderAreFound) {
  const auto faults = [](const char* path, const char* line) {
    return foreign_header_faults({{path, line}}).size();
  };
  EXPECT_EQ(faults("src/adapters/amqp/a.cc", "#include <amqp.h>"), 0u);
  EXPECT_EQ(faults("src/worker/a.cc", "#include <amqp.h>"), 1u);
  EXPECT_EQ(faults("src/adapters/s3/a.cc", "#include <boost/asio.hpp>"), 1u);
  EXPECT_EQ(faults("src/adapters/amqp/connection.cc", "#include <openssl/ssl.h>"), 1u);
  EXPECT_EQ(faults("src/base/random.cc", "#include <openssl/evp.h>"), 1u);
  EXPECT_EQ(faults("src/core/record.h", "#include <nlohmann/json.hpp>"), 1u);
  EXPECT_EQ(faults("src/app/main.cc", "#include <sqlite3.h>\n#include <CLI/CLI.hpp>"), 2u);
  EXPECT_EQ(faults("src/worker/a.cc", "#include <spdlog/spdlog.h>"), 1u);
}

TEST(WordsTest, OutsideTheirPlaceAreFound) {
  const auto faults = [](const char* path, const char* line) {
    return word_faults({{path, line}}).size();
  };
  EXPECT_EQ(faults("src/worker/a.cc", "auto t = std::chrono::steady_clock::now();"), 1u);
  EXPECT_EQ(faults("src/adapters/local/system_clock.cc", "steady_clock::now()"), 0u);
  EXPECT_EQ(faults("test/unit/a_test.cc", "steady_clock::now()"), 0u);
  EXPECT_EQ(faults("src/worker/a.h", "std::mutex mutex_;"), 1u);
  EXPECT_EQ(faults("src/base/mailbox.h", "std::mutex mutex_;"), 0u);
  EXPECT_EQ(faults("src/worker/a.cc", "std::this_thread::sleep_for(1s);"), 1u);
  EXPECT_EQ(faults("src/worker/a.cc", "thread.detach();"), 1u);
  EXPECT_EQ(faults("src/worker/a.cc", "using namespace std;"), 1u);
  EXPECT_EQ(faults("src/core/a.cc", "  log(LogLevel::info, \"job seen\");"), 1u);
  EXPECT_EQ(faults("src/core/a.h", "#define MAX 3"), 1u);
}

TEST(ShapeTest, LongLinesTabsBlanksAndLongFilesAreFound) {
  const auto faults = [](const std::string& path, const std::string& text) {
    return shape_faults({{path, text}}).size();
  };
  EXPECT_EQ(faults("src/a.cc", std::string(100, 'x') + "\n"), 0u);
  EXPECT_EQ(faults("src/a.cc", std::string(101, 'x') + "\n"), 1u);
  std::string arrows;
  for (int i = 0; i < 100; ++i) arrows += "→";
  EXPECT_EQ(faults("src/a.cc", arrows), 0u);  // A character is one, whatever its bytes.
  EXPECT_EQ(faults("src/a.cc", "a\tb"), 1u);
  EXPECT_EQ(faults("src/a.cc", "a \n"), 1u);
  std::string lines;
  for (int i = 0; i < 500; ++i) lines += "x\n";
  EXPECT_EQ(faults("src/a.cc", lines), 0u);
  EXPECT_EQ(faults("src/a.cc", lines + "x\n"), 1u);
  EXPECT_EQ(faults("test/a.cc", lines + "x\n"), 0u);
  EXPECT_EQ(faults("src/a.h", "// What this is.\n#pragma once\n"), 0u);
  EXPECT_EQ(faults("src/a.h", "#pragma once\n"), 1u);
  EXPECT_EQ(faults("src/a.h", "// What this is.\n"), 1u);
}

TEST(TestRulesTest, TestsThatDoNotRunAreFound) {
  const Source build{"test/unit/group.cmake", "add_executable(x ${DIR}/named_test.cc)"};
  const auto faults = [&](const std::string& path, const std::string& text) {
    return test_faults({build, {path, text}}).size();
  };
  EXPECT_EQ(faults("test/unit/named_test.cc", "TEST(A, B) {}"), 0u);
  EXPECT_EQ(faults("test/unit/forgotten_test.cc", "TEST(A, B) {}"), 1u);
  const std::string off = std::string("TEST(A, DISABLED") + "_B) {}";
  EXPECT_EQ(faults("test/unit/named_test.cc", off), 1u);
  EXPECT_EQ(faults("test/unit/named_test.cc", std::string("// ") + "TEST_F(A, B) {}"), 1u);
  EXPECT_EQ(faults("src/a.cc", std::string("// TODO(") + "now): finish"), 1u);
  EXPECT_EQ(faults("src/a.cc", "// TODO(soon): finish"), 0u);
}

TEST(MachineWordsTest, PlacesOfOneMachineAreFound) {
  const auto faults = [](const std::string& text) {
    return machine_faults({{"README.md", text}}).size();
  };
  const std::string place = std::string("/wo") + "rk/";
  EXPECT_EQ(faults("see " + place + "main"), 1u);
  EXPECT_EQ(faults(place + "main"), 1u);
  EXPECT_EQ(faults("(" + place + "x)"), 1u);
  EXPECT_EQ(faults("STATE" + place + "SLOT"), 0u);
  EXPECT_EQ(faults("{state}" + place + "1"), 0u);
  EXPECT_EQ(faults(std::string("../sha") + "red/design"), 1u);
}

TEST(PathsTest, PathsThatNameNothingAreFound) {
  const std::set<std::string> paths = {"src/core", "src/core/job.h"};
  const auto faults = [&](const char* text) {
    return path_faults({{"README.md", text}}, paths).size();
  };
  EXPECT_EQ(faults("`src/core/job.h` and `src/core/` and `src/core`"), 0u);
  EXPECT_EQ(faults("`src/core/jobs.h`, `docs/none.md`"), 2u);
  EXPECT_EQ(faults("`examples/{job_id}/result.txt` and `test/*.cc`"), 0u);
  EXPECT_EQ(faults("`holdfast run jobs.csv`"), 0u);
}

TEST(NamedTestsTest, TestsThatDoNotExistAreFound) {
  const Source code{"test/unit/a_test.cc",
                    "TEST(ATest, OneThing) {}\nTEST_F(ATest,\n  Another) {}"};
  const auto faults = [&](const char* text) {
    return named_test_faults({code, {"docs/a.md", text}}).size();
  };
  EXPECT_EQ(faults("`ATest.OneThing`, `ATest.Another`"), 0u);
  EXPECT_EQ(faults("`ATest.NoThing` and `BTest.OneThing`"), 2u);
  EXPECT_EQ(faults("`docs.md` and `Session::run` and `a.B`"), 0u);
}

}  // namespace
}  // namespace holdfast::tidy
