// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/coco.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "tests/client/status_matchers.h"

namespace detloss::cli {
namespace {

using testing::HasSubstr;

constexpr char kAnnotations[] = R"({
  "annotations": [{"id": 1, "image_id": 20, "category_id": 5, "bbox": [1, 2, 3, 4], "iscrowd": 1}],
  "images": [{"id": 10, "file_name": "a.jpg"}, {"id": 20}],
  "categories": [{"id": 3, "name": "cat"}, {"id": 5}]})";

absl::StatusOr<Dataset> Read(const std::string& annotations, const std::string& detections) {
  std::istringstream annotation_text(annotations);
  std::istringstream detection_text(detections);
  return ReadCoco(annotation_text, detection_text);
}

TEST(Coco, ReadsADataSet) {
  DETLOSS_ASSERT_OK_AND_ASSIGN(
      dataset,
      Read(kAnnotations,
           R"([{"image_id": 10, "category_id": 3, "bbox": [0, 0, 0.5, 1], "score": 0.25}])"));
  ASSERT_EQ(dataset.images.size(), 2u);
  EXPECT_EQ(dataset.images[0].file_name, "a.jpg");
  ASSERT_EQ(dataset.categories.size(), 2u);
  EXPECT_EQ(dataset.categories[1].name, "5");
  ASSERT_EQ(dataset.annotations.size(), 1u);
  EXPECT_EQ(dataset.annotations[0].image, 1u);
  EXPECT_EQ(dataset.annotations[0].category, 1u);
  EXPECT_EQ(dataset.annotations[0].box.height, 4);
  EXPECT_TRUE(dataset.annotations[0].crowd);
  ASSERT_EQ(dataset.detections.size(), 1u);
  EXPECT_EQ(dataset.detections[0].image, 0u);
  EXPECT_EQ(dataset.detections[0].score, 0.25);
}

TEST(Coco, NamesTheWrongDetection) {
  const std::pair<std::string, std::string> cases[] = {
      {R"([{"image_id": 11, "category_id": 3, "bbox": [0, 0, 1, 1], "score": 1}])",
       "[0].image_id: 11 is not in the annotations' file"},
      {R"([{"image_id": 10, "category_id": 4, "bbox": [0, 0, 1, 1], "score": 1}])",
       "[0].category_id: 4 is not in the annotations' file"},
      {R"([{"category_id": 3, "bbox": [0, 0, 1, 1], "score": 1}])", "[0].image_id: is required"},
      {R"([{"image_id": 10, "category_id": 3, "score": 1}])", "[0].bbox: is required"},
      {R"([{"image_id": 10, "category_id": 3, "bbox": [0, 0, 1, 1]}])", "[0].score: is required"},
      {R"([{"image_id": 10, "category_id": 3, "bbox": [0, 0, 1], "score": 1}])",
       "[0].bbox: 4 numbers are required, got 3"},
      {R"([{"image_id": 10, "category_id": 3, "bbox": [0, 0, -1, 1], "score": 1}])",
       "[0].bbox: width and height must be at least 0, got -1 and 1"},
      {R"({"detections": [{}]})", "an array of objects is required, got an object"},
  };
  for (const auto& [detections, message] : cases) {
    EXPECT_THAT(Read(kAnnotations, detections),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)));
  }
}

TEST(Coco, NamesTheWrongAnnotation) {
  const std::pair<std::string, std::string> cases[] = {
      {R"({"images": [{"id": 1}, {"id": 1}]})", "images[1].id: 1 occurs twice"},
      {R"({"images": [{"id": 1}], "categories": [{"id": 2}, {"id": 2}]})",
       "categories[1].id: 2 occurs twice"},
      {R"({"images": [{"file_name": "a"}]})", "images[0].id: is required"},
      {R"({"images": [{"id": null}]})", "images[0].id: is required"},
      {R"({"images": [], "categories": [{"id": 1}], "annotations": []})",
       "images: at least one is required"},
      {R"({"images": [{"id": 1}], "categories": [], "annotations": []})",
       "categories: at least one is required"},
      {R"({})", "images: is required"},
      {R"({"images": [{"id": 1}], "annotations": []})", "categories: is required"},
      {R"({"images": [{"id": 1}], "categories": [{"id": 1}]})", "annotations: is required"},
      {R"({"images": [{"id": 1}], "categories": [{"id": 1}], "annotations": {"0": {"id": 1}}})",
       "annotations: an array of objects is required, got an object"},
      {R"({"images": [{"id": 1}], "categories": [{"id": 1}], "annotations": null})",
       "annotations: an array of objects is required, got null"},
      {R"({"images": [{"id": 1}], "categories": [{"id": 1}], "annotations": [[{"id": 1}]]})",
       "annotations[0]: an object is required, got an array"},
      {R"([{"id": 1}])", "an object of arrays is required, got an array"},
      {R"({"images": [{"id": 1}], "categories": [{"id": 1}],
           "annotations": [{"image_id": 2, "category_id": 1, "bbox": [0, 0, 1, 1]}]})",
       "annotations[0].image_id: 2 is not in the annotations' file"},
  };
  for (const auto& [annotations, message] : cases) {
    EXPECT_THAT(Read(annotations, "[]"),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)));
  }
}

TEST(Coco, HasNeedOfNoAnnotation) {
  EXPECT_THAT(
      Read(R"({"images": [{"id": 1}], "categories": [{"id": 1}], "annotations": []})", "[]"),
      IsOk());
}

TEST(Coco, TellsHowFarTheReadingIs) {
  const std::string annotations = DETLOSS_TEST_DATA "/sample/annotations.json";
  const std::string detections = DETLOSS_TEST_DATA "/sample/detections.json";
  std::vector<std::string> paths;
  EXPECT_THAT(ReadCocoFiles(annotations, detections,
                            [&](const std::string& path, uint64_t bytes, uint64_t of) {
                              paths.push_back(path);
                              EXPECT_EQ(bytes, std::filesystem::file_size(path));
                              EXPECT_EQ(of, bytes);
                            }),
              IsOk());
  EXPECT_THAT(paths, testing::ElementsAre(annotations, detections));
}

TEST(CountingBuffer, CountsEveryMebibyte) {
  const std::string text(3 << 20 | 5, 'x');
  std::istringstream source(text);
  std::vector<uint64_t> counts;
  CountingBuffer buffer(*source.rdbuf(), [&](uint64_t count) { counts.push_back(count); });
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(&buffer), {}), text);
  EXPECT_THAT(counts, testing::ElementsAre(1 << 20, 2 << 20, 3 << 20, 3 << 20 | 5));
}

TEST(Coco, NamesTheFileInErrors) {
  const std::string annotations = DETLOSS_TEST_DATA "/sample/annotations.json";
  EXPECT_THAT(ReadCocoFiles(annotations, "/nonexistent.json"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nonexistent.json: No such file")));
  EXPECT_THAT(ReadCocoFiles(annotations, DETLOSS_TEST_DATA),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("got a directory")));
  EXPECT_THAT(ReadCocoFiles(annotations, annotations),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("annotations.json: an array of objects is required")));
}

}  // namespace
}  // namespace detloss::cli
