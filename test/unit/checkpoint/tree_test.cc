// A list of any length is told in pages, and nearly the same list shares nearly all of them.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "base/digest.h"
#include "checkpoint/tree_reader.h"
#include "checkpoint/tree_writer.h"
#include "fakes/thrown.h"

namespace holdfast {
namespace {

constexpr PageLimits kSmall{16, 64, 64 * 1024, 10};

class Pages : public PageStore {
 public:
  void store(std::string content, Chunk& where) override {
    where = {{1},
             sha256(content).hex(),
             sha256(content).hex(),
             content.size(),
             ChunkForm::plain,
             content.size(),
             {}};
    largest_ = std::max(largest_, content.size());
    stored_ += contents_.emplace(where.digest, std::move(content)).second ? 1 : 0;
  }
  void settle() override {}

  TreeReader::Load load() {
    return [this](const std::vector<Chunk>& pages) {
      std::vector<std::string> contents;
      for (const Chunk& page : pages) contents.push_back(contents_.at(page.digest));
      return contents;
    };
  }

  std::map<std::string, std::string> contents_;
  std::size_t stored_ = 0;  // Since it was set to 0.
  std::size_t largest_ = 0;
};

class TreeTest : public testing::Test {
 protected:
  static Entry file(const std::string& path, std::uint32_t chunk = 0) {
    return {path, EntryKind::file, 0644, 1, {}, 10, {}, {{chunk, 0, 10}}};
  }
  static Entry folder(const std::string& path) {
    return {path, EntryKind::folder, 0755, 1, {}, 0, {}, {}};
  }
  static std::vector<Entry> many(int count) {
    std::vector<Entry> entries{folder("")};
    for (int i = 0; i < count; ++i) {
      if (i % 100 == 0) entries.push_back(folder("d" + std::to_string(1'000'000 + i)));
      entries.push_back(file(
          "d" + std::to_string(1'000'000 + i / 100 * 100) + "/f" + std::to_string(1'000 + i % 100),
          static_cast<std::uint32_t>(i % 3)));
    }
    return entries;
  }

  std::string write(const std::vector<Entry>& entries, PageLimits limits = kSmall) {
    TreeWriter writer(pages_,
                      {[this](std::uint32_t index) -> const Chunk& { return chunks_.at(index); },
                       [](const std::string&) { return 0u; }},
                      limits);
    for (const Entry& entry : entries) writer.add(entry);
    return writer.finish();
  }

  std::vector<Entry> read(const std::string& manifest) {
    TreeReader reader(manifest, pages_.load());
    std::vector<Entry> entries;
    while (const auto page = reader.next()) {
      for (Entry entry : page->entries) {
        for (Piece& piece : entry.pieces) {  // As the writer was given it.
          if (piece.chunk == kHole) continue;
          const std::string& digest = page->chunks.at(piece.chunk).digest;
          for (std::uint32_t i = 0; i < chunks_.size(); ++i) {
            if (chunks_[i].digest == digest) piece.chunk = i;
          }
        }
        entries.push_back(entry);
      }
    }
    return entries;
  }
  std::optional<ErrorKind> reading(const std::vector<Entry>& entries) {
    return kind_thrown_by([&] { read(write(entries)); });
  }

  static Chunk chunk(char c) {
    const std::string digest(64, c);
    return {{1}, digest, digest, 1000, ChunkForm::plain, 1000, {}};
  }

  Pages pages_;
  std::vector<Chunk> chunks_{chunk('a'), chunk('b'), chunk('c')};
};

TEST_F(TreeTest, AnyListComesBack) {
  for (const int count : {0, 1, 15, 16, 17, 100, 5'000}) {
    const std::vector<Entry> entries = many(count);
    EXPECT_EQ(read(write(entries)), entries) << count;
  }
  EXPECT_TRUE(read(write({})).empty());
}

TEST_F(TreeTest, NoPageIsLargeAndALongListHasMoreThanOneLevel) {
  const std::string manifest = write(many(20'000));
  EXPECT_GT(manifest_from_json(manifest).height, 1);
  EXPECT_LT(manifest.size(), 10'000u);
  EXPECT_LT(pages_.largest_, 64u * 1024);
}

TEST_F(TreeTest, TheSameListIsTheSamePages) {
  const std::string manifest = write(many(5'000));
  pages_.stored_ = 0;
  EXPECT_EQ(write(many(5'000)), manifest);
  EXPECT_EQ(pages_.stored_, 0u);
}

// Of one folder with very many files, too.
TEST_F(TreeTest, AChangeCostsAPageOfEachLevelOrTwo) {
  std::vector<Entry> entries{folder("")};
  for (int i = 0; i < 5'000; ++i) entries.push_back(file("f" + std::to_string(1'000'000 + i)));
  write(entries);
  std::size_t most = 0;
  const auto cost = [&](const std::vector<Entry>& changed) {
    pages_.stored_ = 0;
    write(changed);
    most = std::max(most, pages_.stored_);
  };
  for (std::size_t at = 1; at < entries.size(); at += 799) {
    std::vector<Entry> changed = entries;
    changed[at].modified_ns = 2;
    cost(changed);
    changed = entries;
    changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(at));
    cost(changed);
    changed = entries;
    changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                   file(entries[at].path + "x"));
    cost(changed);
  }
  EXPECT_LE(most, 16u);
}

TEST_F(TreeTest, AFileWithVeryManyPiecesIsToldInSeveralEntries) {
  Entry large{"large", EntryKind::file, 0644, 1, {}, 0, {}, {}};
  for (std::uint32_t i = 0; i < 25; ++i) large.pieces.push_back({i % 3, i, 10});
  large.pieces.push_back({kHole, 0, 1'000'000});
  large.size_bytes = 25 * 10 + 1'000'000;
  const std::vector<Entry> entries = read(write({folder(""), large, file("z")}));
  ASSERT_EQ(entries.size(), 5u);
  std::vector<Piece> pieces;
  for (int i = 1; i < 4; ++i) {
    EXPECT_EQ(entries[i].path, "large");
    EXPECT_EQ(entries[i].offset, static_cast<std::uint64_t>(i - 1) * 100);
    pieces.insert(pieces.end(), entries[i].pieces.begin(), entries[i].pieces.end());
  }
  EXPECT_EQ(pieces, large.pieces);
}

TEST_F(TreeTest, ADifferenceStandsBehindItsBaseInEveryPage) {
  Chunk delta = chunk('d');
  delta.form = ChunkForm::delta;
  delta.base = std::string(64, 'a');
  delta.name += ".aaaa.delta";
  chunks_.push_back(delta);
  std::vector<Entry> entries{folder("")};
  for (int i = 0; i < 500; ++i) entries.push_back(file("f" + std::to_string(1'000 + i), 3));
  EXPECT_EQ(read(write(entries)), entries);
}

TEST_F(TreeTest, WhatIsNoListIsCorrupt) {
  EXPECT_EQ(reading({folder(""), file("a"), file("a")}), ErrorKind::corrupt);
  EXPECT_EQ(reading({folder(""), file("b"), file("a")}), ErrorKind::corrupt);
  EXPECT_EQ(reading({folder(""), folder("")}), ErrorKind::corrupt);
  EXPECT_EQ(reading({folder(""), file("a"), file("a/b")}), ErrorKind::corrupt);
  EXPECT_EQ(reading({folder(""), file("nowhere/b")}), ErrorKind::corrupt);
  EXPECT_EQ(reading({folder(""), folder("a"), file("a.b"), file("a/b")}), ErrorKind::corrupt);
  EXPECT_EQ(reading({folder(""), folder("a"), folder("a/b"), file("a/b/c"), file("a/d")}),
            std::nullopt);
  Entry link{"l", EntryKind::symlink, 0777, 1, "x", 0, {}, {}};
  EXPECT_EQ(reading({folder(""), link, file("l/f")}), ErrorKind::corrupt);
  Entry part = file("p");
  part.size_bytes = 30;
  Entry rest = part;
  rest.offset = 10;
  EXPECT_EQ(reading({folder(""), part, rest}), std::nullopt);
  rest.offset = 20;
  EXPECT_EQ(reading({folder(""), part, rest}), ErrorKind::corrupt);
  EXPECT_EQ(reading({folder(""), rest}), ErrorKind::corrupt);
}

TEST_F(TreeTest, APageThatStandsWhereAnotherShouldIsCorrupt) {
  const std::string manifest = write(many(20'000));
  Manifest top = manifest_from_json(manifest);
  top.height -= 1;
  EXPECT_EQ(kind_thrown_by([&] { read(to_json(top)); }), ErrorKind::corrupt);
  Manifest twice = manifest_from_json(manifest);
  twice.pages.push_back(twice.pages.front());
  EXPECT_EQ(kind_thrown_by([&] { read(to_json(twice)); }), ErrorKind::corrupt);
}

TEST_F(TreeTest, EachPageIsVisitedAfterThoseBelowIt) {
  const std::string manifest = write(many(20'000));
  std::set<std::string> seen;
  for_each_page(
      manifest_from_json(manifest), pages_.load(), [](const Chunk&) { return true; },
      [&](const Chunk& page, const Manifest& content) {
        for (const PageRef& below : content.pages) EXPECT_TRUE(seen.contains(below.chunk.digest));
        seen.insert(page.digest);
      });
  EXPECT_EQ(seen.size(), pages_.contents_.size());
}

}  // namespace
}  // namespace holdfast
