// A job comes from outside. Its fields may end up in the command, and must not change its shape.
#include "core/arguments.h"

#include <string>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

const std::map<std::string, std::string> kFields = {
    {"steps", "600"}, {"name", "a b; rm -rf ~"}, {"learning.rate", "0.1"},
    {"empty", ""},    {"tricky", "{steps}"},     {"zero", std::string("a\0b", 3)}};

const Fields kAttempt = {{"checkpoint_dir", "/w/checkpoint"}, {"slot", "2"}, {"name", "not this"}};

std::string filled(const std::string& argument) {
  const FilledArguments result = fill_arguments({argument}, kFields, kAttempt);
  EXPECT_EQ(result.problem, "");
  return result.problem.empty() ? result.arguments.at(0) : "";
}

TEST(Arguments, AFieldStandsWhereItsNameIs) {
  EXPECT_EQ(filled("{steps}"), "600");
  EXPECT_EQ(filled("--rate={learning.rate},{steps}"), "--rate=0.1,600");
}

TEST(Arguments, AnArgumentStaysOneArgument) {
  const FilledArguments result = fill_arguments({"sim", "{name}", "{empty}"}, kFields, kAttempt);
  EXPECT_EQ(result.arguments, (std::vector<std::string>{"sim", "a b; rm -rf ~", ""}));
}

TEST(Arguments, AValueIsNotLookedThroughAgain) {
  EXPECT_EQ(filled("{tricky}"), "{steps}");
}

TEST(Arguments, AnUnknownFieldIsNamed) {
  const FilledArguments result = fill_arguments({"sim", "{speed}"}, kFields, kAttempt);
  EXPECT_NE(result.problem.find("\"speed\""), std::string::npos) << result.problem;
  EXPECT_TRUE(result.arguments.empty());
}

TEST(Arguments, TheFirstUnknownFieldIsTheOneNamed) {
  const FilledArguments result = fill_arguments({"{first}{second}", "{third}"}, kFields, kAttempt);
  EXPECT_NE(result.problem.find("\"first\""), std::string::npos) << result.problem;
}

TEST(Arguments, AZeroByteCannotBeHidden) {
  EXPECT_NE(fill_arguments({"{zero}"}, kFields, kAttempt).problem.find("\"zero\""),
            std::string::npos);
}

TEST(Arguments, DoubledBracesMeanTheTextItself) {
  EXPECT_EQ(filled("{{steps}}"), "{steps}");
  EXPECT_EQ(filled("${{HOME}}"), "${HOME}");
  EXPECT_EQ(filled("{{{steps}}}"), "{600}");
  EXPECT_EQ(filled("{{{{steps}}}}"), "{{steps}}");
}

TEST(Arguments, AVariableOfTheShellStaysAsItIs) {
  EXPECT_EQ(filled("echo > ${HOLDFAST_OUTPUT_DIR}/x"), "echo > ${HOLDFAST_OUTPUT_DIR}/x");
  EXPECT_EQ(filled("${steps}{steps}"), "${steps}600");
  EXPECT_EQ(filled("$ {steps} $${{steps}}"), "$ 600 $${steps}");
  EXPECT_EQ(filled("${{{steps}}}"), "${600}");
}

TEST(Arguments, TheAttemptsOwnNamesStandBesideTheJobsFieldsWhichWin) {
  EXPECT_EQ(filled("--save={checkpoint_dir}/{slot}"), "--save=/w/checkpoint/2");
  EXPECT_EQ(filled("{name}"), "a b; rm -rf ~");
}

TEST(Arguments, ACommandKnowsTheFieldsThatAJobMustHave) {
  EXPECT_EQ(fields_asked_for({"sim", "{steps}", "--x={rate},{steps}", "${HOME}", "{{text}}",
                              "{checkpoint_dir}", "{{{deep}}}", "{}"}),
            (std::set<std::string>{"deep", "rate", "steps"}));
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
