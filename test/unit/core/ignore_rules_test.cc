#include "core/ignore_rules.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "fakes/temporary_folder.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;

// The paths that are left out, folders above them included.
std::set<std::string> left_out(const IgnoreRules& rules, const fs::path& top) {
  std::set<std::string> found;
  for (auto entry = fs::recursive_directory_iterator(top); entry != fs::end(entry); ++entry) {
    const std::string path = entry->path().lexically_relative(top).string();
    if (path == ".git") {
      entry.disable_recursion_pending();
      continue;
    }
    const bool above = found.contains(entry->path().parent_path().lexically_relative(top).string());
    const auto kind = entry->is_directory() && !entry->is_symlink() ? IgnoreRules::Kind::folder
                                                                    : IgnoreRules::Kind::other;
    if (above || rules.leave_out(path, kind)) found.insert(path);
  }
  return found;
}

bool leaves_out(const std::string& lines, const std::string& path,
                IgnoreRules::Kind kind = IgnoreRules::Kind::other) {
  IgnoreRules rules;
  rules.add_file(lines);
  return rules.leave_out(path, kind);
}

TEST(IgnoreRules, AreThoseOfGit) {
  EXPECT_TRUE(leaves_out("*.tmp", "a/b.tmp"));
  EXPECT_FALSE(leaves_out("/*.tmp", "a/b.tmp"));
  EXPECT_TRUE(leaves_out("/*.tmp", "b.tmp"));
  EXPECT_TRUE(leaves_out("cache/", "a/cache", IgnoreRules::Kind::folder));
  EXPECT_FALSE(leaves_out("cache/", "a/cache"));
  EXPECT_TRUE(leaves_out("a/**/b", "a/b"));
  EXPECT_TRUE(leaves_out("a/**/b", "a/x/y/b"));
  EXPECT_FALSE(leaves_out("a/*/b", "a/x/y/b"));
  EXPECT_TRUE(leaves_out("**/b", "b"));
  EXPECT_TRUE(leaves_out("a/**", "a/x/y"));
  EXPECT_FALSE(leaves_out("*.tmp\n!keep.tmp", "a/keep.tmp"));
  EXPECT_TRUE(leaves_out("!keep.tmp\n*.tmp", "a/keep.tmp"));
  EXPECT_FALSE(leaves_out("# x\n\n", "# x"));
  EXPECT_TRUE(leaves_out("\\#x\r\n", "#x"));
  EXPECT_TRUE(leaves_out("x  ", "x"));
  EXPECT_TRUE(leaves_out("x\\ ", "x "));
  EXPECT_FALSE(leaves_out("[a", "[a"));
}

// A pattern that lets others take longer than anybody can wait.
TEST(IgnoreRules, NoPatternTakesLong) {
  std::string pattern;
  for (int i = 0; i < 40; ++i) pattern += "*a**/";
  EXPECT_FALSE(leaves_out(pattern + "b", std::string(3000, 'a')));
}

TEST(IgnoreRules, LeaveOutWhatGitLeavesOutForRandomPatterns) {
  const TemporaryFolder folder;
  const fs::path top = folder.path() / "tree";
  fs::create_directories(top);
  const std::string quoted = "'" + top.string() + "'";
  ASSERT_EQ(std::system(("git init -q " + quoted).c_str()), 0) << "git is needed";
  std::mt19937 random(7);
  const auto one_of = [&](const auto& from) { return from[random() % from.size()]; };
  const std::vector<std::string> names = {"a", "b",  "ab", "a.b", "x", "[a]", "a b", "b ",
                                          "-", "!a", "#b", "A",   "1", ".a",  "*",   "a\\b"};
  for (int i = 0; i < 90; ++i) {
    fs::path path = top;
    for (auto depth = 1 + random() % 4; depth > 0; --depth) path /= one_of(names);
    std::error_code taken;  // By a file, where a folder should be.
    fs::create_directories(path.parent_path(), taken);
    if (!taken && random() % 4 > 0) std::ofstream(path).flush();
  }
  const std::vector<std::string> atoms = {
      "a",   "b",   "x",    ".",    "*",    "*",     "**",   "?",           "/",     "/",
      "**/", "/**", "[ab]", "[!a]", "[^b]", "[a-c]", "[]a]", "[[:alpha:]]", "\\*",   "\\a",
      "\\ ", "[",   "!",    "#",    " ",    "[a-]",  "-",    "[a-c-e]",     "[\\]]", "\\"};
  for (int i = 0; i < 150; ++i) {
    std::string lines;
    for (auto count = 1 + random() % 4; count > 0; --count) {
      if (random() % 5 == 0) lines += "!";
      for (auto atom = 1 + random() % 6; atom > 0; --atom) lines += one_of(atoms);
      lines += random() % 10 == 0 ? "/\n" : "\n";
    }
    std::ofstream(top / ".gitignore") << lines;
    const fs::path answer = folder.path() / "answer";
    const std::string command = "cd " + quoted +
                                " && find . -mindepth 1 -path ./.git -prune -o -mindepth 1 -printf "
                                "'%P\\0' | git check-ignore --no-index -z --stdin > '" +
                                answer.string() + "'; [ $? -le 1 ]";
    ASSERT_EQ(std::system(command.c_str()), 0);
    std::set<std::string> gits;
    std::ifstream read(answer, std::ios::binary);
    for (std::string path; std::getline(read, path, '\0');) gits.insert(path);
    IgnoreRules rules;
    rules.add_file(lines);
    EXPECT_EQ(left_out(rules, top), gits) << "for the patterns\n" << lines;
  }
}

}  // namespace
}  // namespace holdfast
