#include "core/job_input.h"

#include <gtest/gtest.h>

#include "core/arguments.h"
#include "core/input_rules.h"
#include "core/job.h"
#include "core/written_values.h"

namespace holdfast {
namespace {

const std::string kDigest(64, 'a');

using Kind = InputSource::Kind;

InputSource good(const std::string& reference) {
  const auto parsed = parse_input(reference);
  const auto* fault = std::get_if<std::string>(&parsed);
  EXPECT_EQ(fault, nullptr) << *fault;
  return fault == nullptr ? std::get<InputSource>(parsed) : InputSource{};
}

std::string fault(const std::string& reference) {
  const auto parsed = parse_input(reference);
  const auto* what = std::get_if<std::string>(&parsed);
  return what == nullptr ? "" : *what;
}

TEST(JobInput, EachKindOfReferenceIsRead) {
  EXPECT_EQ(good("s3://b/k/x").kind, Kind::object);
  EXPECT_EQ(good("s3://b/k/x").place, "b");
  EXPECT_EQ(good("s3://b/k/x").path, "k/x");
  EXPECT_EQ(good("s3://b/k/").kind, Kind::folder);
  EXPECT_EQ(good("s3://b").kind, Kind::folder);
  EXPECT_EQ(good("file:/a/b").path, "/a/b");
  EXPECT_EQ(good("file:///a/b").path, "/a/b");
  EXPECT_EQ(good("job:md-7/md.xtc").place, "md-7");
  EXPECT_EQ(good("job:md-7/md.xtc").path, "md.xtc");
  EXPECT_EQ(good("job:md-7").path, "");
  EXPECT_EQ(good("https://h/x?y=1#sha256=" + kDigest).path, "https://h/x?y=1");
  EXPECT_EQ(good("s3://b/k#sha256=" + kDigest).digest->hex(), kDigest);
  EXPECT_EQ(shown(good("https://h/x?secret=1#sha256=" + kDigest)), "https://h/x");
}

TEST(JobInput, AMistakeIsNamed) {
  EXPECT_NE(fault("https://h/x").find("has no digest"), std::string::npos);
  EXPECT_NE(fault("http://h/x").find("https"), std::string::npos);
  EXPECT_NE(fault("https://me@h/x#sha256=" + kDigest).find("user name"), std::string::npos);
  EXPECT_NE(fault("s3://b/k#sha256=abc").find("64 digits"), std::string::npos);
  EXPECT_NE(fault("s3://b/k/#sha256=" + kDigest).find("folder"), std::string::npos);
  EXPECT_NE(fault("s3://").find("names no bucket"), std::string::npos);
  EXPECT_NE(fault("file:a/b").find("absolute"), std::string::npos);
  EXPECT_NE(fault("job:/x").find("names no job"), std::string::npos);
  EXPECT_NE(fault("x").find("is not an input"), std::string::npos);
  for (const std::string climbs : {"s3://b/../k", "file:/a/../etc", "job:a/../b"}) {
    EXPECT_NE(fault(climbs).find("'..'"), std::string::npos) << climbs;
  }
  for (const std::string odd : {"https://h/a/../b", "https://h/%2e%2e/b", "https://h\\@x/b"}) {
    EXPECT_NE(fault(odd + "#sha256=" + kDigest), "") << odd;
  }
}

TEST(JobInput, AJobsFieldIsReadOnlyIfItHoldsReferences) {
  const auto count_of = [](const std::string& value) {
    const auto parsed = parse_job(R"({"job_id":"a","inputs":)" + value + "}");
    const auto* bad = std::get_if<BadJob>(&parsed);
    return bad != nullptr ? std::string("bad: ") + bad->reason
                          : std::to_string(inputs_of(std::get<Job>(parsed).fields).size());
  };
  EXPECT_EQ(count_of(R"({"x":"s3://b/k","y/":"job:b"})"), "2");
  // Such jobs were good before there were inputs.
  EXPECT_EQ(count_of(R"({"prompt":"hello","n":3})"), "0");
  EXPECT_EQ(count_of("[1,2]"), "0");
  EXPECT_EQ(count_of(R"("s3://b/k")"), "0");
  EXPECT_EQ(count_of("{}"), "0");
  EXPECT_NE(count_of(R"({"x":"s3://b/k","y":"z"})").find("is not an input"), std::string::npos);
  EXPECT_NE(count_of(R"({"x":"s3://b/k","y":1})").find("is no text"), std::string::npos);
  EXPECT_NE(count_of(R"({"../x":"s3://b/k"})").find("cannot be one"), std::string::npos);
  EXPECT_NE(count_of(R"({"x":"s3://b/k","x/":"s3://b/k/"})").find("two inputs"), std::string::npos);
}

TEST(JobInput, AJobCannotWaitForItself) {
  const auto itself = parse_job(R"({"job_id":"a","inputs":{"x":"job:a/r"}})");
  ASSERT_TRUE(std::holds_alternative<BadJob>(itself));
  EXPECT_NE(std::get<BadJob>(itself).reason.find("the job itself"), std::string::npos);
  EXPECT_TRUE(std::holds_alternative<Job>(parse_job(R"({"job_id":"a","inputs":{"x":"job:b/r"}})")));
}

TEST(JobInput, ACommandNamesItsPath) {
  const auto parsed = parse_job(R"({"job_id":"a","inputs":{"md.tpr":"s3://b/k"}})");
  const auto& fields = std::get<Job>(parsed).fields;
  const Fields attempt = {{"input:md.tpr", "/w/input/md.tpr"}};
  EXPECT_EQ(fill_arguments({"-s={input:md.tpr}"}, fields, attempt).arguments.front(),
            "-s=/w/input/md.tpr");
  EXPECT_EQ(fill_arguments({"{{input:md.tpr}}"}, fields, attempt).arguments.front(),
            "{input:md.tpr}");
  EXPECT_NE(fill_arguments({"{input:other}"}, fields, attempt).problem.find("no input \"other\""),
            std::string::npos);
  EXPECT_EQ(missing_field({"{input:md.tpr}"}, fields), "");
  EXPECT_EQ(missing_field({"{input:other}"}, fields), "input:other");
}

TEST(JobInput, AFieldIsGivenAndTheRestOfTheJobStays) {
  EXPECT_EQ(with_field(R"({"job_id":"a", "x": 1.50})", "inputs", "{}"),
            R"({"job_id":"a", "x": 1.50,"inputs":{}})");
  EXPECT_EQ(with_field(R"({"inputs": {"a":"}"} , "job_id":7})", "inputs", "{}"),
            R"({"inputs": {} , "job_id":7})");
  EXPECT_EQ(with_field(R"({"job_id":"a","y":"}"} )", "inputs", "1"),
            R"({"job_id":"a","y":"}","inputs":1} )");
}

// Programs look at the ending of a file's name.
TEST(JobInput, AFileKeepsTheEndingOfItsSource) {
  const std::string digest = "#sha256=" + kDigest;
  const auto paths = input_paths({
      {"tpr", "file:/home/a/water.tpr"},
      {"model", "s3://bucket/models/llama.tar.gz"},
      {"web", "https://example.org/a.b/data.csv?key=x.y" + digest},
      {"result", "job:md-7/md.xtc"},
      {"named.dat", "file:/home/a/water.tpr"},  // The person said how it is called.
      {"bare", "s3://bucket/.hidden"},
      {"folder", "s3://bucket/v1.2/"},
      {"odd", "file:/home/a/x. y"},
      {"plain", "s3://bucket/.inputs/" + kDigest + digest},
      {"taken", "file:/home/a/x.csv"},
      {"taken.csv", "file:/home/a/y.csv"},
  });
  EXPECT_EQ(paths.at("tpr"), "tpr.tpr");
  EXPECT_EQ(paths.at("model"), "model.tar.gz");
  EXPECT_EQ(paths.at("web"), "web.csv");
  EXPECT_EQ(paths.at("result"), "result.xtc");
  EXPECT_EQ(paths.at("named.dat"), "named.dat");
  EXPECT_EQ(paths.at("bare"), "bare");
  EXPECT_EQ(paths.at("folder"), "folder");
  EXPECT_EQ(paths.at("odd"), "odd");
  EXPECT_EQ(paths.at("plain"), "plain");
  EXPECT_EQ(paths.at("taken"), "taken");
  EXPECT_EQ(paths.at("taken.csv"), "taken.csv");
  EXPECT_EQ(uploaded_input_key(kDigest, "/home/a/water.tpr"), ".inputs/" + kDigest + ".tpr");
  EXPECT_EQ(uploaded_input_key(kDigest, "/home/a.b/water"), ".inputs/" + kDigest);
}

TEST(InputRules, OnlyWhatIsNamedIsAllowed) {
  InputRules rules;
  rules.allow_own("s3://own/");
  const auto refused = [&](const std::string& reference) {
    return !rules.refusal(good(reference)).empty();
  };
  const std::string digest = "#sha256=" + kDigest;
  EXPECT_FALSE(refused("s3://own/any/key"));
  EXPECT_FALSE(refused("s3://own/"));
  EXPECT_FALSE(refused("job:a/b"));
  EXPECT_TRUE(refused("s3://own-too/key"));
  EXPECT_TRUE(refused("s3://other/key"));
  EXPECT_TRUE(refused("file:/etc/passwd"));
  EXPECT_TRUE(refused("https://example.org/x" + digest));
  EXPECT_EQ(rules.add("s3://other/part"), "");
  EXPECT_FALSE(refused("s3://other/part/key"));
  EXPECT_TRUE(refused("s3://other/party"));
  EXPECT_EQ(rules.add("https://example.org/open"), "");
  EXPECT_FALSE(refused("https://example.org/open/x" + digest));
  EXPECT_TRUE(refused("https://example.org/x" + digest));
  EXPECT_TRUE(refused("https://example.org.evil.com/open/x" + digest));
  EXPECT_TRUE(refused("https://example.org:8443/open/x" + digest));
  EXPECT_EQ(rules.add("file:/data"), "");
  EXPECT_FALSE(refused("file:/data/x"));
  EXPECT_FALSE(refused("file:/data"));
  EXPECT_TRUE(refused("file:/database"));
  EXPECT_EQ(rules.add("https"), "");
  EXPECT_FALSE(refused("https://elsewhere.org/x" + digest));
  EXPECT_FALSE(rules.names_host("https://elsewhere.org/x"));
  EXPECT_TRUE(rules.names_host("https://example.org/open/x"));
  EXPECT_NE(rules.add("http://x"), "");
  EXPECT_NE(rules.add("own"), "");
  EXPECT_EQ(rules.add("none"), "");
  EXPECT_TRUE(refused("s3://own/any/key"));
  EXPECT_TRUE(refused("job:a/b"));
}

}  // namespace
}  // namespace holdfast
