// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/json_records.h"

#include <gtest/gtest.h>

#include <sstream>

#include "absl/strings/str_cat.h"
#include "tests/client/status_matchers.h"

namespace detloss::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;
using testing::StartsWith;

struct Entry {
  std::string path;
  JsonRecord record;
};

// Of one array when there are no `sections`.
absl::StatusOr<std::vector<Entry>> Read(const std::string& json,
                                        const std::vector<std::string>& sections = {}) {
  std::istringstream in(json);
  std::vector<Entry> entries;
  const auto sink = [&](const std::string& section, int64_t index, JsonRecord& record) {
    entries.push_back({absl::StrCat(section, "[", index, "]"), std::move(record)});
    return absl::OkStatus();
  };
  const absl::Status status =
      sections.empty() ? ReadJsonArray(in, sink) : ReadJsonSections(in, sections, sink);
  if (!status.ok()) return status;
  return entries;
}

TEST(JsonRecords, ReadsTheRecordsOfTheSections) {
  DETLOSS_ASSERT_OK_AND_ASSIGN(
      entries, Read(R"({"info": {"id": 7}, "images": [{"id": 1, "file_name": "a"}, {"id": 2}],
                       "licenses": [{"id": 3}, null, [{"id": 4}]],
                       "annotations": [{"bbox": [1, 2.5, -3, 4], "iscrowd": 1, "score": 1}]})",
                    {"annotations", "images"}));
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].path, "images[0]");
  EXPECT_THAT(entries[0].record.file_name, Optional(std::string("a")));
  EXPECT_EQ(entries[1].path, "images[1]");
  EXPECT_THAT(entries[1].record.id, Optional(2));
  EXPECT_FALSE(entries[1].record.file_name.has_value());
  EXPECT_EQ(entries[2].path, "annotations[0]");
  EXPECT_THAT(entries[2].record.bbox, Optional(ElementsAre(1, 2.5, -3, 4)));
  EXPECT_THAT(entries[2].record.score, Optional(1.0));
}

TEST(JsonRecords, ReadsTheRecordsOfAnArray) {
  DETLOSS_ASSERT_OK_AND_ASSIGN(entries, Read(R"([{"image_id": 1}, {"image_id": -9}])"));
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[1].path, "[1]");
  EXPECT_THAT(entries[1].record.image_id, Optional(-9));
  EXPECT_THAT(Read("[]"), IsOk());
}

TEST(JsonRecords, TakesOtherWaysToWriteTheSame) {
  DETLOSS_ASSERT_OK_AND_ASSIGN(
      entries, Read(R"([{"id": 1.0, "image_id": 2e3, "iscrowd": true, "name": null, "score": null},
                        {"iscrowd": false}, {"iscrowd": 1}, {"iscrowd": 0.0}, {"iscrowd": null}])"));
  ASSERT_EQ(entries.size(), 5u);
  EXPECT_THAT(entries[0].record.id, Optional(1));
  EXPECT_THAT(entries[0].record.image_id, Optional(2000));
  EXPECT_FALSE(entries[0].record.name.has_value());
  EXPECT_FALSE(entries[0].record.score.has_value());
  EXPECT_THAT(entries[0].record.iscrowd, Optional(true));
  EXPECT_THAT(entries[1].record.iscrowd, Optional(false));
  EXPECT_THAT(entries[2].record.iscrowd, Optional(true));
  EXPECT_THAT(entries[3].record.iscrowd, Optional(false));
  EXPECT_FALSE(entries[4].record.iscrowd.has_value());
}

TEST(JsonRecords, RejectsAnotherLayoutOfAnArray) {
  const std::pair<std::string, std::string> cases[] = {
      {"{}", "an array of objects is required, got an object"},
      {"5", "an array of objects is required, got a number"},
      {"null", "an array of objects is required, got null"},
      {"[{}, 2]", "[1]: an object is required, got a number"},
      {"[null]", "[0]: an object is required, got null"},
      {"[{}, {}, [{}]]", "[2]: an object is required, got an array"},
  };
  for (const auto& [json, message] : cases) {
    EXPECT_THAT(Read(json), StatusIs(absl::StatusCode::kInvalidArgument, message));
  }
}

TEST(JsonRecords, RejectsAnotherLayoutOfSections) {
  const std::pair<std::string, std::string> cases[] = {
      {"[{}]", "an object of arrays is required, got an array"},
      {"\"a\"", "an object of arrays is required, got a string"},
      {R"({"a": {"0": {"id": 1}}})", "a: an array of objects is required, got an object"},
      {R"({"a": null})", "a: an array of objects is required, got null"},
      {R"({"a": "[]"})", "a: an array of objects is required, got a string"},
      {R"({"a": [{}, [{"id": 1}]]})", "a[1]: an object is required, got an array"},
      {R"({"a": [true]})", "a[0]: an object is required, got true"},
      {R"({"a": []})", "b: is required"},
      {R"({"c": {"a": [], "b": []}})", "a: is required"},
      {R"({"a": [], "a": [], "b": []})", "a: occurs twice"},
  };
  for (const auto& [json, message] : cases) {
    EXPECT_THAT(Read(json, {"a", "b"}), StatusIs(absl::StatusCode::kInvalidArgument, message));
  }
}

TEST(JsonRecords, SkipsWhatItDoesNotUse) {
  DETLOSS_ASSERT_OK_AND_ASSIGN(
      entries,
      Read(R"({"annotations": [{"segmentation": [[1, 2, [3]], {"id": "x", "bbox": {}}], "area": 1e9,
              "extra": null, "flag": true, "text": "t", "id": 3, "keypoints": [], "o": {"id": 4}}],
              "version": 1, "names": ["a", null], "info": {"a": {"id": 5}}, "rows": [[7, "8"]]})",
           {"annotations"}));
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_THAT(entries[0].record.id, Optional(3));
}

TEST(JsonRecords, NamesTheFieldThatHasAnotherType) {
  const std::pair<std::string, std::string> cases[] = {
      {R"([{"id": 1}, {"id": "2"}])", "[1].id: an integer is required, got a string"},
      {R"([{"id": 1.5}])", "[0].id: an integer is required, got 1.5"},
      {R"([{"id": 1e16}])", "[0].id: an integer is required, got 1e+16"},
      {R"([{"id": true}])", "[0].id: an integer is required, got true"},
      {R"([{"id": [1]}])", "[0].id: an integer is required, got an array"},
      {R"([{"id": 18446744073709551615}])", "[0].id: an integer is required"},
      {R"([{"iscrowd": 2}])", "[0].iscrowd: 0, 1, true or false is required, got 2"},
      {R"([{"iscrowd": "1"}])", "[0].iscrowd: 0, 1, true or false is required, got a string"},
      {R"([{"file_name": 1}])", "file_name: a string is required, got 1"},
      {R"([{"score": "high"}])", "[0].score: a number is required, got a string"},
      {R"([{"score": {}}])", "[0].score: a number is required, got an object"},
      {R"([{"bbox": 3}])", "[0].bbox: an array of numbers is required, got 3"},
      {R"([{"bbox": [1, "2"]}])", "[0].bbox: an array of numbers is required, got a string"},
      {R"([{"bbox": [1, null]}])", "[0].bbox: an array of numbers is required, got null"},
      {R"([{"bbox": [[1]]}])", "[0].bbox: an array of numbers is required, got an array"},
  };
  for (const auto& [json, message] : cases) {
    EXPECT_THAT(Read(json), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)));
  }
  EXPECT_THAT(Read(R"({"images": [{"id": 1}, {"id": "2"}]})", {"images"}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "images[1].id: an integer is required, got a string"));
}

TEST(JsonRecords, SaysWhereTheTextStopsBeingJson) {
  for (const std::string json : {"", "[{]", "[{}] 2", "[1e999]", "nonsense"}) {
    EXPECT_THAT(Read(json), StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("byte ")))
        << json;
  }
  EXPECT_THAT(Read("{", {"a"}), StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("byte ")));
}

TEST(JsonRecords, StopsAtAnErrorOfTheSink) {
  std::istringstream in("[{}, {}]");
  int calls = 0;
  EXPECT_THAT(ReadJsonArray(in,
                            [&](const std::string&, int64_t, JsonRecord&) {
                              ++calls;
                              return absl::OutOfRangeError("enough");
                            }),
              StatusIs(absl::StatusCode::kOutOfRange, "enough"));
  EXPECT_EQ(calls, 1);
}

TEST(JsonRecords, SurvivesDeepNesting) {
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  EXPECT_THAT(Read(absl::StrCat("{\"a\": ", deep, ", \"b\": []}"), {"b"}), IsOk());
}

}  // namespace
}  // namespace detloss::cli
