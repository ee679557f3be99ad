// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/logging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "server/access_log.h"
#include "server/status.h"

namespace detloss {
namespace {

using ::testing::HasSubstr;

// What a log with these options writes.
template <class Function>
std::string Logged(const ServerOptions& options, Function write) {
  testing::internal::CaptureStdout();
  {
    Log log(options);
    write(log);
  }
  return testing::internal::GetCapturedStdout();
}

TEST(Log, WritesOneJsonObjectALine) {
  const std::string text = Logged({}, [](Log& log) {
    log.WriteAlways("one", {{"number", 1.5}, {"text", "a\n\"b\""}});
    auto line = log.Begin(LogLevel::kWarn, "two");
    log.Write(*std::move(line), LogLevel::kWarn);
  });
  const size_t end = text.find('\n');
  const auto one = nlohmann::json::parse(text.substr(0, end));
  EXPECT_EQ(one["event"], "one");
  EXPECT_EQ(one["level"], "info");
  EXPECT_EQ(one["number"], 1.5);
  EXPECT_EQ(one["text"], "a\n\"b\"");
  EXPECT_THAT(one["time"].get<std::string>(), testing::EndsWith("Z"));
  EXPECT_EQ(nlohmann::json::parse(text.substr(end + 1))["level"], "warn");
}

TEST(Log, WritesTextThatAPersonReads) {
  ServerOptions options;
  options.log_format = "text";
  const std::string text = Logged(options, [](Log& log) {
    log.WriteAlways("one", {{"rows", 3}, {"name", "x y"}});
  });
  EXPECT_THAT(text, HasSubstr(" level=info event=one rows=3 name=\"x y\"\n"));
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  ServerOptions options;
  options.log_level = "warn";
  const std::string text = Logged(options, [](Log& log) {
    EXPECT_FALSE(log.Begin(LogLevel::kInfo, "quiet").has_value());
    auto line = log.Begin(LogLevel::kError, "loud");
    log.Write(*std::move(line), LogLevel::kError);
    log.WriteAlways("serving", LogFields::object());
  });
  EXPECT_THAT(text, HasSubstr("serving"));
  EXPECT_THAT(text, HasSubstr("loud"));
}

TEST(Log, WritesLinesThatComeOneAfterTheOtherInTheirOrder) {
  const std::string text = Logged({}, [](Log& log) {
    for (int i = 0; i < 1000; ++i) log.WriteAlways("line", {{"number", i}});
  });
  std::istringstream lines(text);
  std::string line;
  int count = 0;
  while (std::getline(lines, line)) EXPECT_EQ(nlohmann::json::parse(line)["number"], count++);
  EXPECT_EQ(count, 1000);
}

TEST(LogLine, WritesEveryKindOfValue) {
  LogLine line(/*json=*/true, "info", "one");
  line.Add("number", -3);
  line.Add("text", "a\n\"b\"");
  line.Add("none", absl::Span<const absl::string_view>());
  line.Add("texts", {"a", "\\"});
  line.AddJson("object", R"({"x":1})");
  auto parsed = nlohmann::json::parse(std::move(line).Finish());
  parsed.erase("time");
  EXPECT_EQ(parsed, nlohmann::json::parse(R"({"level":"info","event":"one","number":-3,
      "text":"a\n\"b\"","none":[],"texts":["a","\\"],"object":{"x":1}})"));
}

TEST(LogLine, SurvivesBytesThatAreNoText) {
  LogLine line(/*json=*/true, "info", "one");
  line.Add("name", "\xFF\xFE");
  EXPECT_TRUE(nlohmann::json::accept(std::move(line).Finish()));
}

TEST(LogRequest, TellsWhatARequestWas) {
  RequestRecord record;
  record.method = "ComputeLoss";
  record.status = ViolationError({{"terms[0].scale", Reason::kParameterOutOfRange, "no"}});
  record.terms = {{"giou", 3, 12, 96}, {"l1", 2, 2, 16}};
  record.bytes_in = 200;
  record[Stage::kDecode] = 17;
  const std::string text = Logged({}, [&](Log& log) { LogRequest(record, log); });
  const auto line = nlohmann::json::parse(text);
  EXPECT_EQ(line["event"], "request");
  EXPECT_EQ(line["method"], "ComputeLoss");
  EXPECT_EQ(line["code"], "INVALID_ARGUMENT");
  EXPECT_EQ(line["reason"], "PARAMETER_OUT_OF_RANGE");
  EXPECT_EQ(line["fields"], "terms[0].scale");
  EXPECT_EQ(line["losses"], nlohmann::json({"giou", "l1"}));
  EXPECT_EQ(line["rows"], 5);
  EXPECT_EQ(line["elements"], 14);
  EXPECT_EQ(line["bytes_in"], 200);
  EXPECT_EQ(line["decode_us"], 17);
  EXPECT_FALSE(line.contains("names"));
}

TEST(LogRequest, NamesTermsAsTheCallerDid) {
  RequestRecord record;
  record.terms.assign(9, {"l1", 1, 1, 8});
  record.terms[1].name = std::string(100, 'x');
  record.terms[2].name = "rpn \xFF";
  const auto line = nlohmann::json::parse(Logged({}, [&](Log& log) { LogRequest(record, log); }));
  ASSERT_EQ(line["names"].size(), 8u);
  EXPECT_EQ(line["names"][0], "l1");
  EXPECT_EQ(line["names"][1], std::string(64, 'x'));
  EXPECT_EQ(line["names"][2], "rpn \xEF\xBF\xBD");
}

}  // namespace
}  // namespace detloss
