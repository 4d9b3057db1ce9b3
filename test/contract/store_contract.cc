#include "contract/store_contract.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <set>
#include <thread>

#include "base/file.h"
#include "base/random.h"
#include "fakes/temporary_folder.h"
#include "ports/store_key.h"

namespace holdfast {

void StoreContractTest::put(const std::string& key, std::string_view bytes) {
  store_.put(key, bytes, sha256(bytes), soon());
}

std::optional<std::string> StoreContractTest::get(const std::string& key) {
  return store_.get(key, kPlenty, soon());
}

CreateOutcome StoreContractTest::create(const std::string& key, std::string_view bytes) {
  return store_.create(key, bytes, soon());
}

std::vector<std::string> StoreContractTest::keys(const std::string& prefix,
                                                 const std::string& after, std::size_t count_max) {
  std::vector<std::string> found;
  for (const auto& entry : store_.list(prefix, after, count_max, soon())) {
    found.push_back(entry.key);
  }
  return found;
}

std::vector<std::string> StoreContractTest::folders(const std::string& after,
                                                    std::size_t count_max) {
  return store_.list_folders("", after, count_max, soon());
}

namespace {

using Keys = std::vector<std::string>;

// Every character that is special to paths, URLs, signatures, XML or shells.
const Keys kOddKeys = {
    "odd/two words",    "odd/a+b",     "odd/100%",      "odd/%2F",    "odd/caf\xC3\xA9",
    "odd/\xE6\x97\xA5", "odd/a&b",     "odd/it's",      "odd/k=v",    "odd/~tilde",
    "odd/what?",        "odd/#1",      "odd/*",         "odd/<a>",    "odd/\"quoted\"",
    "odd/back\\slash",  "odd/a:b",     "odd/a;b",       "odd/a,b@c$", "odd/[x]{y}|^`",
    "odd/...",          "odd/.hidden", "odd/tab\there", "odd/ blank", "odd/(round)!",
};

std::string random_bytes(std::size_t size) {
  Random random = Random::from_system();
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; i += 8) {
    const std::uint64_t value = random.below(std::uint64_t{1} << 62);
    for (std::size_t k = 0; k < 8 && i + k < size; ++k) {
      bytes[i + k] = static_cast<char>(value >> (8 * k));
    }
  }
  return bytes;
}

std::filesystem::path write_file(const TemporaryFolder& folder, std::string_view bytes) {
  const auto path = folder.path() / "file";
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

TEST_P(StoreContractTest, AKeyThatNobodyWroteIsAbsent) {
  EXPECT_EQ(get("nobody/wrote/this"), std::nullopt);
}

TEST_P(StoreContractTest, NeitherAFolderNorWhatWouldLieBelowAnObjectIsAnObject) {
  put("job/log/1", "one");
  EXPECT_EQ(get("job/log"), std::nullopt);
  EXPECT_EQ(get("job/log/1/2"), std::nullopt);
}

TEST_P(StoreContractTest, BytesComeBackAsTheyWerePut) {
  std::string all(256, '\0');
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>(i);
  put("a/all", all);
  EXPECT_EQ(get("a/all"), all);
  const std::string large = random_bytes(kPlenty);
  put("a/large", large);
  EXPECT_TRUE(get("a/large") == large);
}

TEST_P(StoreContractTest, AnEmptyObjectIsNotAnAbsentOne) {
  put("a/put", "");
  EXPECT_EQ(get("a/put"), "");
  EXPECT_EQ(create("a/created", ""), CreateOutcome::created);
  EXPECT_EQ(get("a/created"), "");
  EXPECT_EQ(create("a/created", "later"), CreateOutcome::exists);
}

TEST_P(StoreContractTest, APutReplacesTheObject) {
  put("a", "first, and longer");
  put("a", "second");
  EXPECT_EQ(get("a"), "second");
}

TEST_P(StoreContractTest, OnlyTheFirstCreateOfAKeyCounts) {
  EXPECT_EQ(create("job/log/1", "ours"), CreateOutcome::created);
  EXPECT_EQ(create("job/log/1", "theirs"), CreateOutcome::exists);
  EXPECT_EQ(create("job/log/1", "ours"), CreateOutcome::exists);
  EXPECT_EQ(get("job/log/1"), "ours");
}

TEST_P(StoreContractTest, OfManyRivalsExactlyOneCreates) {
  constexpr int kRounds = 10;
  constexpr int kRivals = 16;
  for (int round = 0; round < kRounds; ++round) {
    const std::string key = "race/" + std::to_string(round);
    std::array<std::optional<CreateOutcome>, kRivals> outcomes;
    {
      std::vector<std::jthread> rivals;
      for (std::size_t i = 0; i < kRivals; ++i) {
        rivals.emplace_back([&, i] { outcomes[i] = create(key, "rival " + std::to_string(i)); });
      }
    }
    Keys winners;
    for (std::size_t i = 0; i < kRivals; ++i) {
      if (outcomes[i] == CreateOutcome::created) winners.push_back("rival " + std::to_string(i));
    }
    ASSERT_EQ(winners.size(), 1u) << "in round " << round;
    EXPECT_EQ(get(key), winners.front());
  }
}

TEST_P(StoreContractTest, ManyThreadsMayUseTheStoreAtOnce) {
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 20; ++i) {
          const std::string key = "many/" + std::to_string(t) + "-" + std::to_string(i);
          put(key, key);
          EXPECT_EQ(get(key), key);
        }
      });
    }
  }
  EXPECT_EQ(keys("many/", "", kAll).size(), 160u);
}

TEST_P(StoreContractTest, RemovingTwiceIsFine) {
  put("a/b", "x");
  store_.remove("a/b", soon());
  EXPECT_EQ(get("a/b"), std::nullopt);
  store_.remove("a/b", soon());
  store_.remove("never/there", soon());
}

TEST_P(StoreContractTest, ARemovedKeyCanBeCreatedAgain) {
  put("a/b", "x");
  store_.remove("a/b", soon());
  EXPECT_EQ(create("a/b", "y"), CreateOutcome::created);
  EXPECT_EQ(get("a/b"), "y");
}

TEST_P(StoreContractTest, AnObjectLargerThanAllowedIsCorrupt) {
  put("a", "12345");
  EXPECT_EQ(store_.get("a", 5, soon()), "12345");
  EXPECT_EQ(kind_thrown_by([&] { static_cast<void>(store_.get("a", 4, soon())); }),
            ErrorKind::corrupt);
  put("large", std::string(200'000, 'x'));
  EXPECT_EQ(kind_thrown_by([&] { static_cast<void>(store_.get("large", 4, soon())); }),
            ErrorKind::corrupt);
}

TEST_P(StoreContractTest, OddKeysArePutListedCopiedAndRemoved) {
  for (const std::string& key : kOddKeys) {
    put(key, key);
    EXPECT_EQ(get(key), key);
    EXPECT_EQ(create(key, "again"), CreateOutcome::exists) << key;
    EXPECT_TRUE(store_.copy(key, "copy/of " + key, 1, soon())) << key;
    EXPECT_EQ(get("copy/of " + key), key);
    EXPECT_EQ(keys(key, "", kAll), Keys{key});
  }
  Keys sorted = kOddKeys;
  std::ranges::sort(sorted);
  EXPECT_EQ(keys("odd/", "", kAll), sorted);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const Keys rest(sorted.begin() + static_cast<std::ptrdiff_t>(i) + 1, sorted.end());
    EXPECT_EQ(keys("odd/", sorted[i], kAll), rest) << "after " << sorted[i];
  }
  for (const std::string& key : kOddKeys) store_.remove(key, soon());
  EXPECT_EQ(keys("odd/", "", kAll), Keys{});
}

TEST_P(StoreContractTest, BadKeysAreRejected) {
  const std::string zero("a\0b", 3);
  for (const std::string& key :
       {std::string(), std::string("/a"), std::string("a/"), std::string("a//b"), std::string(".."),
        std::string("a/../b"), std::string("./a"), zero, std::string(kKeyBytesMax + 1, 'x')}) {
    EXPECT_EQ(kind_thrown_by([&] { put(key, "x"); }), ErrorKind::rejected) << key;
    EXPECT_EQ(kind_thrown_by([&] { static_cast<void>(get(key)); }), ErrorKind::rejected) << key;
    EXPECT_EQ(kind_thrown_by([&] { static_cast<void>(create(key, "x")); }), ErrorKind::rejected);
    EXPECT_EQ(kind_thrown_by([&] { store_.remove(key, soon()); }), ErrorKind::rejected) << key;
  }
}

TEST_P(StoreContractTest, ListingsAreInByteOrderOfTheWholeKey) {
  // A walk through folders by name would put a/b before a-b and a.b.
  const Keys in_order = {"p/B",     "p/a!", "p/a-b/x", "p/a-b/y/z", "p/a.b", "p/a/b",
                         "p/a/c/d", "p/a0", "p/a_b/c", "p/ab/c",    "p/b",   "p/\xC3\xA9"};
  for (auto it = in_order.rbegin(); it != in_order.rend(); ++it) put(*it, "x");
  EXPECT_EQ(keys("p/", "", kAll), in_order);
  for (std::size_t count = 0; count <= in_order.size(); ++count) {
    const Keys first(in_order.begin(), in_order.begin() + static_cast<std::ptrdiff_t>(count));
    EXPECT_EQ(keys("p/", "", count), first);
  }
}

TEST_P(StoreContractTest, AListingGoesOnAfterAKeyWhetherItExistsOrNot) {
  for (const char* key : {"p/a", "p/b/x", "p/b/y", "p/c"}) put(key, "x");
  EXPECT_EQ(keys("p/", "p/a", kAll), (Keys{"p/b/x", "p/b/y", "p/c"}));
  EXPECT_EQ(keys("p/", "p/b", kAll), (Keys{"p/b/x", "p/b/y", "p/c"}));
  EXPECT_EQ(keys("p/", "p/b/", kAll), (Keys{"p/b/x", "p/b/y", "p/c"}));
  EXPECT_EQ(keys("p/", "p/b/x", kAll), (Keys{"p/b/y", "p/c"}));
  EXPECT_EQ(keys("p/", "p/b/xx", 1), (Keys{"p/b/y"}));
  EXPECT_EQ(keys("p/", "p/b0", kAll), (Keys{"p/c"}));
  EXPECT_EQ(keys("p/", "p/c", kAll), Keys{});
  EXPECT_EQ(keys("p/", "a", 1), Keys{"p/a"});
  EXPECT_EQ(keys("p/", "z", kAll), Keys{});
}

TEST_P(StoreContractTest, APrefixIsAnyBeginningNotAFolder) {
  for (const char* key : {"job-1/log/1", "job-1.txt", "job-10/log/1", "job-2/log/1"}) put(key, "x");
  EXPECT_EQ(keys("job-1", "", kAll), (Keys{"job-1.txt", "job-1/log/1", "job-10/log/1"}));
  EXPECT_EQ(keys("job-1/", "", kAll), Keys{"job-1/log/1"});
  EXPECT_EQ(keys("job-1/lo", "", kAll), Keys{"job-1/log/1"});
  EXPECT_EQ(keys("job-1/log/1", "", kAll), Keys{"job-1/log/1"});
  EXPECT_EQ(keys("job-1/log/1/", "", kAll), Keys{});
  EXPECT_EQ(keys("job-3", "", kAll), Keys{});
  EXPECT_EQ(keys("", "", kAll).size(), 4u);
}

TEST_P(StoreContractTest, NoPrefixLeadsOutOfTheStore) {
  put("a", "x");
  EXPECT_EQ(keys("../", "", kAll), Keys{});
  EXPECT_EQ(keys("/", "", kAll), Keys{});
  EXPECT_EQ(keys("a/../", "", kAll), Keys{});
}

TEST_P(StoreContractTest, ListingsTellSizes) {
  put("p/empty", "");
  put("p/five", "12345");
  const auto entries = store_.list("p/", "", kAll, soon());
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].size_bytes, 0u);
  EXPECT_EQ(entries[1].size_bytes, 5u);
}

TEST_P(StoreContractTest, AListingOfThousandsIsWhole) {
  constexpr int kCount = 1203;
  Keys expected;
  for (int i = 0; i < kCount; ++i) expected.push_back("many/" + std::to_string(10'000 + i));
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t i = t; i < kCount; i += 8) put(expected[i], "x");
      });
    }
  }
  EXPECT_EQ(keys("many/", "", kAll), expected);
  EXPECT_EQ(keys("many/", "", 1100).size(), 1100u);
}

TEST_P(StoreContractTest, ACopyHoldsTheSameBytesAndReplaces) {
  put("a/from", "bytes");
  put("a/to", "older and longer");
  EXPECT_TRUE(store_.copy("a/from", "a/to", 1, soon()));
  EXPECT_EQ(get("a/to"), "bytes");
  EXPECT_EQ(get("a/from"), "bytes");
  put("a/from", "changed");
  EXPECT_EQ(get("a/to"), "bytes");
}

TEST_P(StoreContractTest, ACopyOfWhatIsAbsentIsFalseAndMakesNothing) {
  put("a/kept", "x");
  EXPECT_FALSE(store_.copy("a/absent", "a/to", 1, soon()));
  EXPECT_FALSE(store_.copy("a/absent", "a/kept", 1, soon()));
  EXPECT_EQ(get("a/to"), std::nullopt);
  EXPECT_EQ(get("a/kept"), "x");
}

TEST_P(StoreContractTest, ALargeFileIsUploadedWhole) {
  constexpr std::size_t kSize = 40 << 20;
  const TemporaryFolder folder;
  const std::string bytes = random_bytes(kSize);
  store_.upload("a/large", write_file(folder, bytes), kSize, sha256(bytes), soon());
  const auto back = store_.get("a/large", kSize, soon());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->size(), kSize);
  EXPECT_EQ(sha256(*back), sha256(bytes));
  EXPECT_TRUE(store_.unfinished_uploads("", kAll, soon()).empty());
}

TEST_P(StoreContractTest, ALargeObjectIsCopiedWhole) {
  constexpr std::size_t kSize = (11 << 20) + 1;
  const TemporaryFolder folder;
  const std::string bytes = random_bytes(kSize);
  store_.upload("a/large", write_file(folder, bytes), kSize, sha256(bytes), soon());
  EXPECT_TRUE(store_.copy("a/large", "b/copy of it", kSize, soon()));
  const auto back = store_.get("b/copy of it", kSize, soon());
  ASSERT_TRUE(back);
  EXPECT_EQ(sha256(*back), sha256(bytes));
  EXPECT_FALSE(store_.copy("a/absent", "b/none", kSize, soon()));
  EXPECT_TRUE(store_.unfinished_uploads("", kAll, soon()).empty());
}

TEST_P(StoreContractTest, ALargeFileThatIsNotWhatItsDigestSaysIsRefusedAndLeavesNothing) {
  constexpr std::size_t kSize = 12 << 20;
  const TemporaryFolder folder;
  const auto file = write_file(folder, random_bytes(kSize));
  EXPECT_EQ(kind_thrown_by([&] { store_.upload("a/large", file, kSize, sha256("y"), soon()); }),
            ErrorKind::corrupt);
  EXPECT_THROW(store_.upload("a/large", file, kSize + 1, sha256("y"), soon()), Error);
  EXPECT_EQ(store_.get("a/large", 2 * kSize, soon()), std::nullopt);
  EXPECT_TRUE(store_.unfinished_uploads("", kAll, soon()).empty());
}

TEST_P(StoreContractTest, AnUploadThatIsAbandonedOnceMoreIsFine) {
  store_.abandon({"a/large", "2~nobody-ever-began-this-upload-0"}, soon());
}

TEST_P(StoreContractTest, AnEmptyFileIsUploaded) {
  const TemporaryFolder folder;
  store_.upload("a/empty", write_file(folder, ""), 0, sha256(""), soon());
  EXPECT_EQ(get("a/empty"), "");
}

TEST_P(StoreContractTest, BytesThatDoNotMatchTheirDigestAreRefused) {
  EXPECT_EQ(kind_thrown_by([&] { store_.put("a/put", "x", sha256("y"), soon()); }),
            ErrorKind::corrupt);
  EXPECT_EQ(get("a/put"), std::nullopt);
  const TemporaryFolder folder;
  const auto file = write_file(folder, "x");
  EXPECT_EQ(kind_thrown_by([&] { store_.upload("a/file", file, 1, sha256("y"), soon()); }),
            ErrorKind::corrupt);
  EXPECT_EQ(get("a/file"), std::nullopt);
}

TEST_P(StoreContractTest, AFileThatIsShorterThanSaidOrMissingIsRefused) {
  const TemporaryFolder folder;
  const auto file = write_file(folder, "x");
  EXPECT_THROW(store_.upload("a/short", file, 5, sha256("x"), soon()), Error);
  EXPECT_EQ(get("a/short"), std::nullopt);
  EXPECT_EQ(kind_thrown_by(
                [&] { store_.upload("a/none", folder.path() / "none", 1, sha256("x"), soon()); }),
            ErrorKind::rejected);
}

TEST_P(StoreContractTest, FoldersAreListedOnceEachInTheOrderOfTheirKeys) {
  for (const char* key :
       {"job/a", "job/b/c", "job-1/a", "job.2/a", "job0/a", "loose", "\xC3\xA9/a"}) {
    put(key, "x");
  }
  const Keys in_order = {"job-1", "job.2", "job", "job0", "\xC3\xA9"};
  EXPECT_EQ(folders("", kAll), in_order);

  Keys paged;
  std::string after;
  while (paged.size() < 10) {
    const Keys page = folders(after, 2);
    paged.insert(paged.end(), page.begin(), page.end());
    if (page.size() < 2) break;
    after = page.back();
  }
  EXPECT_EQ(paged, in_order);
}

TEST_P(StoreContractTest, FoldersBelowAnotherAreListedWithoutTheOthers) {
  for (const char* key : {"all/a-1/x", "all/a/x/y", "all/b/x", "all/loose", "alle/c/x", "z/x"}) {
    put(key, "x");
  }
  EXPECT_EQ(store_.list_folders("all/", "", kAll, soon()), (Keys{"a-1", "a", "b"}));
  EXPECT_EQ(store_.list_folders("all/", "a-1", 1, soon()), Keys{"a"});
  EXPECT_EQ(store_.list_folders("all/", "b", kAll, soon()), Keys{});
  EXPECT_EQ(store_.list_folders("none/", "", kAll, soon()), Keys{});
}

TEST_P(StoreContractTest, ARangeIsReadWholeOrNotAtAll) {
  put("a/b", "0123456789");
  EXPECT_EQ(store_.get_range("a/b", 0, 10, soon()), "0123456789");
  EXPECT_EQ(store_.get_range("a/b", 3, 4, soon()), "3456");
  EXPECT_EQ(store_.get_range("a/none", 0, 4, soon()), std::nullopt);
  EXPECT_THROW(static_cast<void>(store_.get_range("a/b", 8, 4, soon())), Error);
}

TEST_P(StoreContractTest, AnObjectIsComparedByItsBytes) {
  const TemporaryFolder folder;
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{70'000}}) {
    const std::string bytes(size, 'x');
    const std::string other = std::string(size, 'y') + (size == 0 ? "y" : "");
    replace_file(folder.path() / "file", bytes);
    EXPECT_EQ(store_.holds("a/none", size, sha256(bytes), soon()), Holding::absent);
    put("a/put", bytes);
    store_.upload("a/up", folder.path() / "file", size, sha256(bytes), soon());
    ASSERT_TRUE(store_.copy("a/up", "a/copy", size, soon()));
    for (const char* key : {"a/put", "a/up", "a/copy"}) {
      EXPECT_EQ(store_.holds(key, size, sha256(bytes), soon()), Holding::equal) << key << size;
      EXPECT_EQ(store_.holds(key, other.size(), sha256(other), soon()), Holding::different) << key;
      EXPECT_EQ(store_.holds(key, size + 1, sha256(bytes + "x"), soon()), Holding::different);
    }
  }
}

TEST_P(StoreContractTest, AnyBytesOfAFileNameMakeAKey) {
  const Keys odd = {"j/\xE9t\xE9",
                    "j/new\nline",
                    "j/tab\there",
                    "j/\x7f",
                    "j/a%0Ab",
                    "j/50%",
                    "j/%",
                    "j/ ",
                    "j/back\\slash",
                    "j/\xC3\xA9t\xC3\xA9",
                    "j/\xF0\x9F\x8E\x89",
                    "j/\xED\xA0\x80",
                    "j/q?a=b&c#d+e",
                    "j/\xC2\x85",
                    "j/" + std::string(255, '\xE9')};
  for (const std::string& key : odd) put(key, key);
  for (const std::string& key : odd) EXPECT_EQ(get(key), key) << key;
  ASSERT_TRUE(store_.copy(odd[0], "j/copy\xE9", odd[0].size(), soon()));
  EXPECT_EQ(get("j/copy\xE9"), odd[0]);
  Keys listed = keys("j/", "", kAll);
  Keys expected = odd;
  expected.push_back("j/copy\xE9");
  std::ranges::sort(listed);
  std::ranges::sort(expected);
  EXPECT_EQ(listed, expected);
  for (const std::string& key : odd) store_.remove(key, soon());
  EXPECT_EQ(keys("j/", "", kAll), Keys{"j/copy\xE9"});
}

TEST_P(StoreContractTest, AKeyMayBeAsLongAsAPath) {
  std::string key = "j";
  for (int i = 0; i < 14; ++i) key += "/" + std::string(240, static_cast<char>('a' + i));
  put(key + "/x", "x");
  put(key + "/y", "y");
  EXPECT_EQ(get(key + "/x"), "x");
  EXPECT_EQ(get(key + "/y"), "y");
  store_.remove(key + "/x", soon());
  EXPECT_EQ(get(key + "/x"), std::nullopt);
  EXPECT_EQ(get(key + "/y"), "y");
}

TEST_P(StoreContractTest, AFolderWithoutObjectsIsNone) {
  put("gone/deep/a", "x");
  put("here/a", "x");
  store_.remove("gone/deep/a", soon());
  EXPECT_EQ(folders("", kAll), Keys{"here"});
}

}  // namespace
}  // namespace holdfast
