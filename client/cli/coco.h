// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Annotations and detections in COCO's format (https://cocodataset.org/#format-data).

#ifndef DETLOSS_CLI_COCO_H_
#define DETLOSS_CLI_COCO_H_

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/reading_progress.h"

namespace detloss::cli {

// Left, top, width, height, in pixels; none of the lengths is negative.
struct Box {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

struct Image {
  int64_t id = 0;
  std::string file_name;
};

struct Category {
  int64_t id = 0;
  std::string name;
};

// `image` and `category` are indices into the data set.
struct Annotation {
  size_t image = 0;
  size_t category = 0;
  Box box;
  // Covers several objects that were not told apart.
  bool crowd = false;
};

struct Detection {
  size_t image = 0;
  size_t category = 0;
  Box box;
  double score = 0;
};

struct Dataset {
  std::vector<Image> images;
  std::vector<Category> categories;
  std::vector<Annotation> annotations;
  std::vector<Detection> detections;
};

// Reads images, categories and annotations, and the detections over them.
//
// INVALID_ARGUMENT, naming the record, when the text is not JSON, a section or field is missing or
// wrong, the id of an image or category occurs twice, or one of these does not exist.
absl::StatusOr<Dataset> ReadCoco(std::istream& annotations, std::istream& detections);

// Reads the files at these paths. The error of the system, or INVALID_ARGUMENT as above, naming the
// path.
absl::StatusOr<Dataset> ReadCocoFiles(const std::string& annotations, const std::string& detections,
                                      const ReadingProgress& progress = {});

}  // namespace detloss::cli

#endif  // DETLOSS_CLI_COCO_H_
