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

absl::StatusOr<std::vector<Entry>> Read(const std::string& json,
                                        JsonLayout layout = JsonLayout::kSections) {
  std::istringstream in(json);
  std::vector<Entry> entries;
  const absl::Status status = ReadJsonRecords(
      in, layout, [&](const std::string& section, int64_t index, JsonRecord& record) {
        entries.push_back({absl::StrCat(section, "[", index, "]"), std::move(record)});
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return entries;
}

TEST(JsonRecords, ReadsTheRecordsOfEverySection) {
  DETLOSS_ASSERT_OK_AND_ASSIGN(
      entries, Read(R"({"info": {"id": 7}, "images": [{"id": 1, "file_name": "a"}, {"id": 2}],
                       "annotations": [{"bbox": [1, 2.5, -3, 4], "iscrowd": 1, "score": 1}]})"));
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
  DETLOSS_ASSERT_OK_AND_ASSIGN(entries,
                               Read(R"([{"image_id": 1}, {"image_id": -9}])", JsonLayout::kArray));
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[1].path, "[1]");
  EXPECT_THAT(entries[1].record.image_id, Optional(-9));
}

TEST(JsonRecords, CountsOtherValuesInSections) {
  DETLOSS_ASSERT_OK_AND_ASSIGN(entries, Read(R"({"images": [5, [2], "a", {"id": 1}]})"));
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].path, "images[3]");
}

TEST(JsonRecords, RejectsAnotherLayout) {
  const std::tuple<JsonLayout, std::string, std::string> cases[] = {
      {JsonLayout::kArray, "{}", "an array of objects is required, got an object"},
      {JsonLayout::kArray, "5", "an array of objects is required, got a number"},
      {JsonLayout::kArray, "[{}, 2]", "[1]: an object is required, got a number"},
      {JsonLayout::kArray, "[null]", "[0]: an object is required, got null"},
      {JsonLayout::kArray, "[{}, {}, [{}]]", "[2]: an object is required, got an array"},
      {JsonLayout::kSections, "[{}]", "an object of arrays is required, got an array"},
      {JsonLayout::kSections, "\"a\"", "an object of arrays is required, got a string"},
  };
  for (const auto& [layout, json, message] : cases) {
    EXPECT_THAT(Read(json, layout), StatusIs(absl::StatusCode::kInvalidArgument, message));
  }
}

TEST(JsonRecords, SkipsWhatItDoesNotUse) {
  DETLOSS_ASSERT_OK_AND_ASSIGN(
      entries,
      Read(R"({"annotations": [{"segmentation": [[1, 2, [3]], {"id": "x", "bbox": {}}], "area": 1e9,
              "extra": null, "flag": true, "text": "t", "id": 3, "keypoints": [], "o": {"id": 4}}],
              "version": 1, "names": ["a", null], "info": {"a": {"id": 5}}, "rows": [[7, "8"]]})"));
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_THAT(entries[0].record.id, Optional(3));
}

TEST(JsonRecords, NamesTheFieldThatHasAnotherType) {
  const std::pair<std::string, std::string> cases[] = {
      {R"({"images": [{"id": 1}, {"id": "2"}]})",
       "images[1].id: an integer is required, got a string"},
      {R"({"images": [{"id": 1.5}]})", "images[0].id: an integer is required, got a number"},
      {R"({"images": [{"id": null}]})", "images[0].id: an integer is required, got null"},
      {R"({"images": [{"id": [1]}]})", "images[0].id: an integer is required, got an array"},
      {R"({"images": [{"file_name": 1}]})", "file_name: a string is required, got a number"},
      {R"([{"score": "high"}])", "[0].score: a number is required, got a string"},
      {R"([{"score": {}}])", "[0].score: a number is required, got an object"},
      {R"([{"bbox": 3}])", "[0].bbox: an array of numbers is required, got a number"},
      {R"([{"bbox": [1, "2"]}])", "[0].bbox: an array of numbers is required, got a string"},
      {R"([{"bbox": [[1]]}])", "[0].bbox: an array of numbers is required, got an array"},
      {R"([{"id": 18446744073709551615}])", "[0].id: an integer is required"},
  };
  for (const auto& [json, message] : cases) {
    const JsonLayout layout = json[0] == '[' ? JsonLayout::kArray : JsonLayout::kSections;
    EXPECT_THAT(Read(json, layout),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)));
  }
}

TEST(JsonRecords, SaysWhereTheTextStopsBeingJson) {
  for (const std::string json : {"", "{", "[{]", "[{}] 2", "[1e999]", "nonsense"}) {
    EXPECT_THAT(Read(json, json == "{" ? JsonLayout::kSections : JsonLayout::kArray),
                StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("byte ")))
        << json;
  }
}

TEST(JsonRecords, StopsAtAnErrorOfTheSink) {
  std::istringstream in("[{}, {}]");
  int calls = 0;
  EXPECT_THAT(ReadJsonRecords(in, JsonLayout::kArray,
                              [&](const std::string&, int64_t, JsonRecord&) {
                                ++calls;
                                return absl::OutOfRangeError("enough");
                              }),
              StatusIs(absl::StatusCode::kOutOfRange, "enough"));
  EXPECT_EQ(calls, 1);
}

TEST(JsonRecords, SurvivesDeepNesting) {
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  EXPECT_THAT(Read(absl::StrCat("{\"a\": ", deep, "}")), IsOk());
}

}  // namespace
}  // namespace detloss::cli
