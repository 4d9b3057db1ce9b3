// A job comes from outside. Its fields may end up in the command, and must not change its shape.
#include "core/arguments.h"

#include <string>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

const std::map<std::string, std::string> kFields = {
    {"steps", "600"}, {"name", "a b; rm -rf ~"}, {"learning.rate", "0.1"},
    {"empty", ""},    {"tricky", "{steps}"},     {"zero", std::string("a\0b", 3)}};

std::string filled(const std::string& argument) {
  const FilledArguments result = fill_arguments({argument}, kFields);
  EXPECT_EQ(result.problem, "");
  return result.problem.empty() ? result.arguments.at(0) : "";
}

TEST(Arguments, AFieldStandsWhereItsNameIs) {
  EXPECT_EQ(filled("{steps}"), "600");
  EXPECT_EQ(filled("--rate={learning.rate},{steps}"), "--rate=0.1,600");
}

TEST(Arguments, AnArgumentStaysOneArgument) {
  const FilledArguments result = fill_arguments({"sim", "{name}", "{empty}"}, kFields);
  EXPECT_EQ(result.arguments, (std::vector<std::string>{"sim", "a b; rm -rf ~", ""}));
}

TEST(Arguments, AValueIsNotLookedThroughAgain) {
  EXPECT_EQ(filled("{tricky}"), "{steps}");
}

TEST(Arguments, AnUnknownFieldIsNamed) {
  const FilledArguments result = fill_arguments({"sim", "{speed}"}, kFields);
  EXPECT_NE(result.problem.find("\"speed\""), std::string::npos) << result.problem;
  EXPECT_TRUE(result.arguments.empty());
}

TEST(Arguments, TheFirstUnknownFieldIsTheOneNamed) {
  const FilledArguments result = fill_arguments({"{first}{second}", "{third}"}, kFields);
  EXPECT_NE(result.problem.find("\"first\""), std::string::npos) << result.problem;
}

TEST(Arguments, AZeroByteCannotBeHidden) {
  EXPECT_NE(fill_arguments({"{zero}"}, kFields).problem.find("\"zero\""), std::string::npos);
}

TEST(Arguments, DoubledBracesMeanTheTextItself) {
  EXPECT_EQ(filled("{{steps}}"), "{steps}");
  EXPECT_EQ(filled("${{HOME}}"), "${HOME}");
  EXPECT_EQ(filled("{{{steps}}}"), "{600}");
  EXPECT_EQ(filled("{{{{steps}}}}"), "{{steps}}");
}

TEST(Arguments, JsonPassesUnharmed) {
  EXPECT_EQ(filled(R"({"a":{"b":{}},"c":[{}]})"), R"({"a":{"b":{}},"c":[{}]})");
  EXPECT_EQ(filled(R"({"a":{"steps":{steps}}})"), R"({"a":{"steps":600}})");
}

TEST(Arguments, BracesWithoutANameStayAsTheyAre) {
  for (const char* text : {"{", "}", "{}", "{{}}", "{ steps }", "{1}", "{steps", "steps}", "{a,b}",
                           "{{{", "a{", "find -exec {} +", "${HOME:-x}", "awk '{print $1}'"}) {
    EXPECT_EQ(filled(text), text);
  }
}

TEST(Arguments, ManyBracesCostLittle) {
  const std::string many(100'000, '{');
  EXPECT_EQ(filled(many + "steps"), many + "steps");
}

}  // namespace
}  // namespace holdfast
