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
  manifest.entries = {folder, file, empty, link};
  return manifest;
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
  ASSERT_EQ(read.entries.size(), 4u);
  EXPECT_EQ(read.entries[0].kind, EntryKind::folder);
  EXPECT_EQ(read.entries[0].modified_ns, 1'700'000'000'123'456'789);
  EXPECT_EQ(read.entries[1].modified_ns, -5);
  EXPECT_EQ(read.entries[1].pieces[0].offset, 90u);
  EXPECT_EQ(read.entries[1].digest, hex('c'));
  EXPECT_EQ(read.entries[2].mode, 04755u);
  EXPECT_EQ(read.entries[3].target, "../any where");
  EXPECT_EQ(to_json(read), json);
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

TEST(ManifestTest, NothingStandsBelowALinkOrAFileOrTwice) {
  const auto path = [](std::size_t index, const char* text) {
    return reading_spoiled([=](Manifest& m) { m.entries[index].path = text; });
  };
  EXPECT_EQ(path(1, "l/f"), ErrorKind::corrupt);  // Before the link,
  EXPECT_EQ(reading_spoiled([](Manifest& m) {     // and after it.
              m.entries.push_back(m.entries[2]);
              m.entries.back().path = "l/f";
            }),
            ErrorKind::corrupt);
  EXPECT_EQ(path(3, "e/l"), ErrorKind::corrupt);
  EXPECT_EQ(path(3, "d"), ErrorKind::corrupt);
  EXPECT_EQ(path(3, "e"), ErrorKind::corrupt);
  EXPECT_EQ(path(1, "nowhere/f"), ErrorKind::corrupt);
  EXPECT_EQ(reading_spoiled([](Manifest& m) { std::swap(m.entries[0], m.entries[1]); }),
            ErrorKind::corrupt);
}

TEST(ManifestTest, PiecesThatDoNotFitTheirChunkOrTheirFileAreCorrupt) {
  const auto piece = [](Piece first) {
    return reading_spoiled([=](Manifest& m) { m.entries[1].pieces[0] = first; });
  };
  EXPECT_EQ(piece({0, 90, 10}), std::nullopt);
  EXPECT_EQ(piece({2, 90, 10}), ErrorKind::corrupt);
  EXPECT_EQ(piece({0, 91, 10}), ErrorKind::corrupt);
  EXPECT_EQ(piece({0, 90, 9}), ErrorKind::corrupt);
  EXPECT_EQ(piece({0, ~0ull - 4, 10}), ErrorKind::corrupt);
  EXPECT_EQ(piece({0, 5, ~0ull - 4}), ErrorKind::corrupt);
  EXPECT_EQ(reading_spoiled([](Manifest& m) { m.entries[1].size_bytes = 111; }),
            ErrorKind::corrupt);
  EXPECT_EQ(reading_spoiled([](Manifest& m) { m.entries[1].pieces.clear(); }), ErrorKind::corrupt);
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
TEST(ManifestTest, TheFirstFormatIsRead) {
  const std::string chunk =
      R"({"attempt":1,"name":")" + hex('a') + R"(","sha256":")" + hex('a') + R"(","bytes":7})";
  const std::string entry = R"({"path":"f","kind":"file","mode":420,"modified_ns":1,"bytes":7,)"
                            R"("sha256":")" +
                            hex('c') + R"(","pieces":[[0,0,7]]})";
  const auto bytes = [&](const std::string& format) {
    return R"({"format":)" + format + R"(,"chunks":[)" + chunk + R"(],"entries":[)" + entry + "]}";
  };
  const Manifest read = manifest_from_json(bytes("1"));
  EXPECT_EQ(read.chunks[0].form, ChunkForm::plain);
  EXPECT_EQ(read.chunks[0].stored_bytes, 7u);
  EXPECT_EQ(read.entries[0].digest, hex('c'));
  for (const char* format : {"0", "3", "-1", "1.5"}) {
    EXPECT_EQ(reading(bytes(format)), ErrorKind::corrupt) << format;
  }
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

TEST(OutputListTest, ComesBackAndIsCheckedLikeAManifest) {
  const std::vector<Output> outputs = {{"a/b\xff", 3, hex('a')}, {"result.txt", 0, hex('b')}};
  const std::string json = to_json(outputs);
  const std::vector<Output> read = outputs_from_json(json);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].path, "a/b\xff");
  EXPECT_EQ(read[0].size_bytes, 3u);
  EXPECT_EQ(read[0].digest, hex('a'));
  const auto corrupt = [](const std::string& bytes) {
    return kind_thrown_by([&] { static_cast<void>(outputs_from_json(bytes)); }) ==
           ErrorKind::corrupt;
  };
  EXPECT_TRUE(corrupt(with_value(json, "path", "\"../x\"")));
  EXPECT_TRUE(corrupt(with_value(json, "bytes", "-1")));
  EXPECT_TRUE(corrupt(with_value(json, "outputs", "7")));
  EXPECT_TRUE(corrupt(with_value(json, "sha256", "\"x\"")));
  EXPECT_TRUE(corrupt(json.substr(0, json.size() / 2)));
}

}  // namespace
}  // namespace holdfast
