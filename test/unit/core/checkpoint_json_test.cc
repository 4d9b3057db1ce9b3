// A manifest says which bytes go where on somebody's disk: all of it is checked before use.
#include <gtest/gtest.h>

#include "base/digest.h"
#include "core/checkpoint.h"
#include "fakes/thrown.h"
#include "mutations.h"

namespace holdfast {
namespace {

std::string hex(char c) {
  return std::string(64, c);
}

Manifest full_manifest() {
  Manifest manifest;
  manifest.chunks = {{{1}, hex('a'), hex('a'), 100, ChunkForm::plain, 100, {}},
                     {{2}, hex('b') + "-3", hex('b'), kChunkBytes, ChunkForm::zstd, 5000, {}},
                     {{2}, hex('d') + ".b.delta", hex('d'), 70, ChunkForm::delta, 20, hex('b')}};
  Entry folder{"d", EntryKind::folder, 0755, 1'700'000'000'123'456'789, {}, 0, {}, {}};
  Entry file{"d/f", EntryKind::file, 0640, -5, {}, 110, hex('c'), {{0, 90, 10}, {1, 0, 100}}};
  Entry empty{"e", EntryKind::file, 04755, 0, {}, 0, sha256("").hex(), {}};
  Entry link{"l", EntryKind::symlink, 0777, 1, "../any where", 0, {}, {}};
  Entry other{"o", EntryKind::hard_link, 0640, -5, "d/f", 0, {}, {}};
  Entry part{"p", EntryKind::file, 0644, 3, {}, 5000, {}, {{kHole, 0, 900}, {0, 0, 100}}};
  part.offset = 4000;
  part.owner = Owner{1000, 1001};
  part.attributes = {{"user.na\xffme", std::string("v\0%", 3)}};
  manifest.entries = {folder, file, empty, link, other, part};
  return manifest;
}

Manifest page_of_pages() {
  Manifest page;
  page.height = 2;
  page.pages = {{{{1}, hex('a'), hex('a'), 100, ChunkForm::plain, 100, {}}, ""},
                {{{2}, hex('b') + "-3", hex('b'), 90, ChunkForm::zstd, 50, {}}, "d/\xff"}};
  return page;
}

std::optional<ErrorKind> reading(const std::string& bytes) {
  return kind_thrown_by([&] { static_cast<void>(manifest_from_json(bytes)); });
}

std::optional<ErrorKind> reading_spoiled(const std::function<void(Manifest&)>& spoil) {
  Manifest manifest = full_manifest();
  spoil(manifest);
  return reading(to_json(manifest));
}

TEST(ManifestTest, EveryFieldComesBack) {
  const Manifest manifest = full_manifest();
  const std::string json = to_json(manifest);
  const Manifest read = manifest_from_json(json);
  ASSERT_EQ(read.chunks.size(), 3u);
  EXPECT_EQ(read.chunks[0].form, ChunkForm::plain);
  EXPECT_EQ(read.chunks[0].stored_bytes, 100u);
  EXPECT_EQ(read.chunks[1].attempt.value, 2u);
  EXPECT_EQ(read.chunks[1].name, hex('b') + "-3");
  EXPECT_EQ(read.chunks[1].digest, hex('b'));
  EXPECT_EQ(read.chunks[1].size_bytes, kChunkBytes);
  EXPECT_EQ(read.chunks[1].form, ChunkForm::zstd);
  EXPECT_EQ(read.chunks[1].stored_bytes, 5000u);
  EXPECT_EQ(read.chunks[2].form, ChunkForm::delta);
  EXPECT_EQ(read.chunks[2].base, hex('b'));
  EXPECT_EQ(read.entries, manifest.entries);
  EXPECT_EQ(to_json(read), json);
}

TEST(ManifestTest, APageOfPagesComesBack) {
  const std::string json = to_json(page_of_pages());
  const Manifest read = manifest_from_json(json);
  ASSERT_EQ(read.pages.size(), 2u);
  EXPECT_EQ(read.height, 2);
  EXPECT_EQ(read.pages[0].first, "");
  EXPECT_EQ(read.pages[1].first, "d/\xff");
  EXPECT_EQ(read.pages[1].chunk.stored_bytes, 50u);
  EXPECT_EQ(to_json(read), json);
  for (const char* height : {"0", "9", "-1", "null"}) {
    EXPECT_EQ(reading(with_value(json, "height", height)), ErrorKind::corrupt) << height;
  }
  EXPECT_EQ(reading(with_value(json, "format", "2")), ErrorKind::corrupt);
}

TEST(ManifestTest, TheDirectoryItselfIsAFolderAndNothingElse) {
  Manifest manifest;
  manifest.entries = {{"", EntryKind::folder, 0700, 7, {}, 0, {}, {}}};
  const std::string json = to_json(manifest);
  EXPECT_EQ(manifest_from_json(json).entries, manifest.entries);
  EXPECT_NE(json.find(R"("path":".")"), std::string::npos) << json;
  EXPECT_EQ(reading(with_value(json, "kind", "\"symlink\"")), ErrorKind::corrupt);
  EXPECT_EQ(reading(with_value(json, "path", "\"\"")), ErrorKind::corrupt);
}

TEST(ManifestTest, AHardLinkLeadsToAPathBeforeItAndNowhereElse) {
  for (const char* target : {"../x", "", "/etc/passwd", "o", "p", "d/../../x"}) {
    EXPECT_EQ(reading_spoiled([&](Manifest& m) { m.entries[4].target = target; }),
              ErrorKind::corrupt)
        << target;
  }
}

TEST(PathOrderTest, AFolderStandsDirectlyBeforeWhatItHolds) {
  const char* const ordered[] = {"", "a", "a/b", "a/b/c", "a/c", "a!", "a-b", "a.b", "b", "\xff"};
  for (std::size_t i = 0; i < std::size(ordered); ++i) {
    for (std::size_t j = 0; j < std::size(ordered); ++j) {
      const int order = compare_paths(ordered[i], ordered[j]);
      EXPECT_EQ(order < 0, i < j) << ordered[i] << " " << ordered[j];
      EXPECT_EQ(order == 0, i == j) << ordered[i] << " " << ordered[j];
    }
  }
}

TEST(ManifestTest, NamesWithAnyBytesComeBack) {
  std::string every;
  for (int byte = 1; byte < 256; ++byte) {
    if (byte != '/') every += static_cast<char>(byte);
  }
  Manifest manifest;
  manifest.entries = {{every, EntryKind::symlink, 0777, 0, every, 0, {}, {}},
                      {"%41", EntryKind::folder, 0700, 0, {}, 0, {}, {}}};
  const Manifest read = manifest_from_json(to_json(manifest));
  EXPECT_EQ(read.entries[0].path, every);
  EXPECT_EQ(read.entries[0].target, every);
  EXPECT_EQ(read.entries[1].path, "%41");
}

TEST(ManifestTest, APathThatLeavesTheDirectoryIsCorrupt) {
  for (const char* path :
       {"", "/etc/passwd", "../x", "d/../../x", "d/..", "..", ".", "./x", "d//x", "d/", "/"}) {
    // The third is a file, and the directory itself is none.
    EXPECT_EQ(reading_spoiled([&](Manifest& m) { m.entries[2].path = path; }), ErrorKind::corrupt)
        << path;
    EXPECT_FALSE(stays_inside(path)) << path;
  }
  EXPECT_FALSE(stays_inside(std::string_view("a\0b", 3)));
  for (const char* path : {"a", "a/b", "..a", "a..", "a/..b", ".a", "...", "a b/\n"}) {
    EXPECT_TRUE(stays_inside(path)) << path;
  }
}

TEST(ManifestTest, AnEncodedPathThatLeavesTheDirectoryIsCorrupt) {
  const std::string json = to_json(full_manifest());
  for (const char* path : {"%2e%2e/x", "%2fetc", "a%00b", "%2", "%", "%zz", "%-1"}) {
    EXPECT_EQ(reading(with_value(json, "path", '"' + std::string(path) + '"')), ErrorKind::corrupt)
        << path;
  }
}

TEST(ManifestTest, PiecesThatDoNotFitTheirChunkOrTheirFileAreCorrupt) {
  const auto piece = [](Piece first) {
    return reading_spoiled([=](Manifest& m) { m.entries[1].pieces[0] = first; });
  };
  EXPECT_EQ(piece({0, 90, 10}), std::nullopt);
  EXPECT_EQ(piece({2, 90, 10}), ErrorKind::corrupt);
  EXPECT_EQ(piece({0, 91, 10}), ErrorKind::corrupt);
  EXPECT_EQ(piece({0, 80, 11}), ErrorKind::corrupt);  // More than the file.
  EXPECT_EQ(piece({kHole, 0, 11}), ErrorKind::corrupt);
  EXPECT_EQ(piece({0, ~0ull - 4, 10}), ErrorKind::corrupt);
  EXPECT_EQ(piece({0, 5, ~0ull - 4}), ErrorKind::corrupt);
  EXPECT_EQ(reading_spoiled([](Manifest& m) { m.entries[1].size_bytes = 109; }),
            ErrorKind::corrupt);
}

TEST(ManifestTest, AChunkMustBeNamedByItsDigestAndBeNoLargerThanAChunk) {
  const auto name = [](const std::string& text) {
    return reading_spoiled([=](Manifest& m) { m.chunks[0].name = text; });
  };
  EXPECT_EQ(name(hex('b')), ErrorKind::corrupt);
  EXPECT_EQ(name(hex('a') + "/../x"), ErrorKind::corrupt);
  EXPECT_EQ(name(hex('a') + "/x"), ErrorKind::corrupt);
  EXPECT_EQ(reading_spoiled([](Manifest& m) { m.chunks[1].size_bytes = kChunkBytes + 1; }),
            ErrorKind::corrupt);
  EXPECT_EQ(reading_spoiled([](Manifest& m) { m.chunks[0].digest = "abc"; }), ErrorKind::corrupt);
  EXPECT_EQ(reading_spoiled([](Manifest& m) { m.entries[1].digest = hex('C'); }),
            ErrorKind::corrupt);
}

TEST(ManifestTest, ADeltaHasItsBaseBeforeItAndNoEndlessChain) {
  EXPECT_EQ(reading_spoiled([](Manifest& m) { m.chunks[2].base = hex('e'); }), ErrorKind::corrupt);
  EXPECT_EQ(reading_spoiled([](Manifest& m) { m.chunks[2].base = hex('d'); }), ErrorKind::corrupt);
  EXPECT_EQ(reading_spoiled([](Manifest& m) { std::swap(m.chunks[1], m.chunks[2]); }),
            ErrorKind::corrupt);
  EXPECT_EQ(reading_spoiled([](Manifest& m) { m.chunks[1].stored_bytes = kChunkBytes + 1; }),
            ErrorKind::corrupt);
  const auto chain = [](int deltas) {
    return reading_spoiled([=](Manifest& m) {
      for (int i = 1; i < deltas; ++i) {
        Chunk next = m.chunks.back();
        next.base = next.digest;
        next.name = next.digest = std::string(63, 'd') + static_cast<char>('0' + i);
        m.chunks.push_back(next);
      }
    });
  };
  EXPECT_EQ(chain(kDeltaChainMax), std::nullopt);
  EXPECT_EQ(chain(kDeltaChainMax + 1), ErrorKind::corrupt);
}

// What earlier versions stored must be found for as long as somebody has it.
TEST(ManifestTest, TheSecondFormatIsRead) {
  const std::string chunk =
      R"({"attempt":1,"name":")" + hex('a') + R"(","sha256":")" + hex('a') + R"(","bytes":7})";
  const auto entry = [](const std::string& path, const std::string& kind, const std::string& size) {
    return R"({"path":")" + path + R"(","kind":")" + kind +
           R"(","mode":420,"modified_ns":1,"target":"t","bytes":)" + size + R"(,"sha256":")" +
           hex('c') + R"(","pieces":[[0,0,7]]})";
  };
  const auto bytes = [&](const std::string& format, const std::string& entries) {
    return R"({"format":)" + format + R"(,"chunks":[)" + chunk + R"(],"entries":[)" + entries +
           "]}";
  };
  const std::string file = entry("f", "file", "7");
  const Manifest read = manifest_from_json(bytes("2", file));
  EXPECT_EQ(read.chunks[0].form, ChunkForm::plain);
  EXPECT_EQ(read.chunks[0].stored_bytes, 7u);
  EXPECT_EQ(read.entries[0].digest, hex('c'));
  for (const char* format : {"0", "1", "4", "-1", "1.5"}) {
    EXPECT_EQ(reading(bytes(format, file)), ErrorKind::corrupt) << format;
  }
  // One that was whole by itself is checked as such.
  EXPECT_EQ(reading(bytes("2", entry("f", "file", "8"))), ErrorKind::corrupt);
  EXPECT_EQ(reading(bytes("2", file + "," + file)), ErrorKind::corrupt);
  for (const char* kind : {"file", "symlink"}) {
    EXPECT_EQ(reading(bytes("2", entry("d", kind, "7") + "," + entry("d/f", "file", "7"))),
              ErrorKind::corrupt);
  }
  EXPECT_EQ(reading(bytes("2", entry("d", "folder", "7") + "," + entry("d/f", "file", "7"))),
            std::nullopt);
  EXPECT_EQ(reading(bytes("2", entry("nowhere/f", "file", "7"))), ErrorKind::corrupt);
}

TEST(ManifestTest, NumbersAndTypesThatCannotBeAreCorrupt) {
  const std::string json = to_json(full_manifest());
  for (const char* name : {"attempt", "bytes", "mode", "format", "name", "sha256", "chunks",
                           "entries", "path", "kind", "pieces", "modified_ns"}) {
    for (const char* value :
         {"-1", "1e300", "1.5", "null", "true", "{\"a\":1}", "[[]]", "99999999999999999999"}) {
      if (std::string(name) == "modified_ns" && std::string(value) == "-1") continue;
      EXPECT_EQ(reading(with_value(json, name, value)), ErrorKind::corrupt) << name << "=" << value;
    }
  }
  // 2^32 is chunk 0 for who cuts it off.
  EXPECT_EQ(reading(with_value(json, "pieces", "[[4294967296,90,10],[1,0,100]]")),
            ErrorKind::corrupt);
}

TEST(ManifestTest, NoMutationDoesMoreThanMakeItAnotherManifestOrCorrupt) {
  Random random(5);
  const std::string whole = to_json(full_manifest());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(reading(whole.substr(0, size)), ErrorKind::corrupt);
  }
  for (int i = 0; i < 20'000; ++i) {
    const auto kind = reading(mutated(whole, random));
    EXPECT_TRUE(!kind || kind == ErrorKind::corrupt);
  }
}

}  // namespace
}  // namespace holdfast
