// Machines read the words of records; people read these.
#include <string>

#include <gtest/gtest.h>

#include "core/dead_reason.h"
#include "core/ending.h"

namespace holdfast {
namespace {

EndingNote note(Ending ending, const std::string& detail) {
  EndingNote one;
  one.ending = ending;
  one.detail = detail;
  return one;
}

TEST(WordsTest, EveryEndingAndReasonIsTextForPeople) {
  int endings = 0;
  for (int i = 0; i <= static_cast<int>(Ending::lost); ++i) {
    const std::string_view plain = in_plain_words(static_cast<Ending>(i));
    EXPECT_FALSE(plain.empty());
    EXPECT_EQ(plain.find('_'), std::string_view::npos) << plain;
    endings += 1;
  }
  EXPECT_EQ(endings, 12);
  for (const DeadReason& one : kDeadReasons) {
    EXPECT_NE(meaning_of(one.word), one.word);
    EXPECT_NE(meaning_of(one.word).find(' '), std::string_view::npos) << "a sentence: " << one.word;
  }
  EXPECT_EQ(meaning_of("of a newer version"), "of a newer version");
}

TEST(WordsTest, HowAnAttemptEndedIsSaidOnce) {
  EXPECT_EQ(in_plain_words(note(Ending::failed, "exit code 3")), "failed, exit code 3");
  EXPECT_EQ(in_plain_words(note(Ending::refused, "the program refused the job (exit code 65)")),
            "the program refused the job (exit code 65)");
  const std::string unfit = "the program reports that this machine is unfit (exit code 69)";
  EXPECT_EQ(in_plain_words(note(Ending::node_unfit, unfit)), unfit);
  EXPECT_EQ(in_plain_words(note(Ending::node_unfit, "")), "machine unfit");
  EXPECT_EQ(in_plain_words(note(Ending::lost, "its worker vanished or did not answer")),
            "machine vanished");
  EXPECT_EQ(in_plain_words(note(Ending::lost, "9 attempts whose workers vanished")),
            "machine vanished, 9 attempts whose workers vanished");
  // What the classes of endings say of themselves needs no word of ours before it.
  for (const int code : {65, 69, 75, 85}) {
    const EndedHow how = classify({code, {}, {}, {}});
    EXPECT_EQ(in_plain_words(note(how.ending, how.detail)), how.detail);
  }
}

TEST(WordsTest, ADeadJobHasItsReasonAndWhatThatMeans) {
  EXPECT_EQ(dead_and_why("out_of_memory"),
            "dead (out_of_memory): it ran out of memory too many times");
  EXPECT_EQ(dead_and_why("of a newer version"), "dead (of a newer version)");
  EXPECT_EQ(dead_and_why(""), "dead");
  EXPECT_EQ(why_dead("failed", "exit code 1: no such data"), "failed, exit code 1: no such data");
  EXPECT_EQ(why_dead("refused", "the program refused the job (exit code 65)"),
            "the program refused the job (exit code 65)");
  EXPECT_EQ(why_dead("unrestorable", "chunk ab differs"),
            "none of its checkpoints can be restored: chunk ab differs");
  EXPECT_EQ(why_dead("damaged", "record 3 is no JSON"),
            "its log cannot be read: record 3 is no JSON");
  EXPECT_EQ(why_dead("no_progress", ""),
            "too many of its attempts were interrupted, or stored no new checkpoint");
}

}  // namespace
}  // namespace holdfast
