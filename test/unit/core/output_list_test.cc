// The list of a result: what is written is read back, and what is damaged is refused.
#include "core/output_list.h"

#include <gtest/gtest.h>

#include "fakes/thrown.h"

namespace holdfast {
namespace {

std::string hex(char digit) {
  return std::string(64, digit);
}

Output file(const std::string& path, std::uint64_t size_bytes, const std::string& digest) {
  Output output;
  output.path = path;
  output.size_bytes = size_bytes;
  output.digest = digest;
  output.mode = 0750;
  output.modified_ns = -5;
  return output;
}

OutputList some_list() {
  Output folder;
  folder.path = "empty";
  folder.kind = OutputKind::folder;
  Output link;
  link.path = "link";
  link.kind = OutputKind::symlink;
  link.target = "../\xff";
  OutputList list;
  list.outputs = {file("a/b\xff\n%", 3, hex('a')), folder, link, file("result.txt", 0, hex('b'))};
  list.count = 4;
  list.size_bytes = 3;
  return list;
}

// `json` with another value for the first `key`.
std::string with_value(const std::string& json, const std::string& key, const std::string& value) {
  const std::size_t begin = json.find("\"" + key + "\":") + key.size() + 3;
  std::size_t end = begin;
  int open = 0;
  bool quoted = false;
  for (; end < json.size(); ++end) {
    const char c = json[end];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '[' || c == '{') ++open;
    if (c == ']' || c == '}') --open;
    if (open < 0 || (open == 0 && c == ',')) break;
  }
  return json.substr(0, begin) + value + json.substr(end);
}

bool corrupt(const std::string& bytes) {
  return kind_thrown_by([&] { static_cast<void>(output_list_from_json(bytes)); }) ==
         ErrorKind::corrupt;
}

TEST(OutputListTest, ComesBackWhole) {
  const OutputList list = some_list();
  const OutputList read = output_list_from_json(to_json(list));
  EXPECT_EQ(read.outputs, list.outputs);
  EXPECT_EQ(read.count, 4u);
  EXPECT_EQ(read.size_bytes, 3u);
  EXPECT_EQ(outputs_from_json(to_json(list.outputs)), list.outputs);
}

TEST(OutputListTest, PagesAndWhoStoredThemComeBack) {
  OutputList list;
  list.stored_by = {7};
  list.count = 30;
  list.size_bytes = 5;
  list.pages = {{hex('a'), 10}, {hex('b'), 20}};
  const OutputList read = output_list_from_json(to_json(list));
  EXPECT_EQ(read.stored_by.value, 7u);
  EXPECT_EQ(read.count, 30u);
  EXPECT_EQ(read.size_bytes, 5u);
  ASSERT_EQ(read.pages.size(), 2u);
  EXPECT_EQ(read.pages[1].digest, hex('b'));
}

TEST(OutputListTest, WhatMadeItComesBack) {
  OutputList list;
  list.made_by = Provenance{{"python3", "train.py", "--lr=\xff"}, "0.2.0", "pc-7", {3}, "a", "b"};
  const auto read = output_list_from_json(to_json(list));
  ASSERT_TRUE(read.made_by);
  EXPECT_EQ(read.made_by->command[1], "train.py");
  EXPECT_EQ(read.made_by->version, "0.2.0");
  EXPECT_EQ(read.made_by->worker, "pc-7");
  EXPECT_EQ(read.made_by->attempt.value, 3u);
  EXPECT_EQ(read.made_by->started, "a");
  EXPECT_EQ(read.made_by->ended, "b");
}

TEST(OutputListTest, AVeryLongCommandLosesItsEnd) {
  OutputList list;
  list.made_by =
      Provenance{{"cat", std::string(kProvenanceBytesMax, 'x'), "end"}, "", "", {}, "", ""};
  EXPECT_EQ(output_list_from_json(to_json(list)).made_by->command,
            (std::vector<std::string>{"cat", "..."}));
}

TEST(OutputListTest, IsCheckedBeforeAnybodyActsOnIt) {
  const std::string json = to_json(some_list());
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, std::string>>{{"path", "\"../x\""},
                                                        {"path", "\"%2e%2e/x\""},
                                                        {"path", "\"/x\""},
                                                        {"bytes", "-1"},
                                                        {"outputs", "7"},
                                                        {"sha256", "\"x\""},
                                                        {"kind", "\"device\""},
                                                        {"format", "3"}}) {
    // The first "bytes" is the list's own.
    const std::string spoiled = key == "bytes"
                                    ? json.substr(0, json.find("outputs")) +
                                          with_value(json.substr(json.find("outputs")), key, value)
                                    : with_value(json, key, value);
    EXPECT_TRUE(corrupt(spoiled)) << spoiled;
  }
  EXPECT_TRUE(corrupt(json.substr(0, json.size() / 2)));
  EXPECT_FALSE(corrupt(json));
}

}  // namespace
}  // namespace holdfast
