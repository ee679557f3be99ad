// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/coco.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/cli/files.h"
#include "client/cli/json_records.h"

namespace detloss::cli {
namespace {

using Ids = absl::flat_hash_map<int64_t, size_t>;

// What the file with the annotations holds, before ids are resolved: annotations may come first.
struct RawAnnotation {
  int64_t image_id;
  int64_t category_id;
  Box box;
  bool crowd;
};

absl::Status Invalid(absl::string_view path, absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat(path, message));
}

// Takes a required field out of a record.
template <typename T>
absl::Status Take(std::optional<T>& field, absl::string_view name, absl::string_view path, T& out) {
  if (!field.has_value()) return Invalid(path, absl::StrCat(".", name, ": is required"));
  out = *std::move(field);
  return absl::OkStatus();
}

absl::Status TakeBox(JsonRecord& record, absl::string_view path, Box& box) {
  std::vector<double> numbers;
  absl::Status status = Take(record.bbox, "bbox", path, numbers);
  if (!status.ok()) return status;
  if (numbers.size() != 4) {
    return Invalid(path, absl::StrCat(".bbox: 4 numbers are required, got ", numbers.size()));
  }
  if (numbers[2] < 0 || numbers[3] < 0) {
    return Invalid(path, absl::StrCat(".bbox: width and height must be at least 0, got ",
                                      numbers[2], " and ", numbers[3]));
  }
  box = {numbers[0], numbers[1], numbers[2], numbers[3]};
  return absl::OkStatus();
}

// Takes the fields that annotations and detections share.
absl::Status TakePlaced(JsonRecord& record, absl::string_view path, int64_t& image_id,
                        int64_t& category_id, Box& box) {
  absl::Status status = Take(record.image_id, "image_id", path, image_id);
  if (status.ok()) status = Take(record.category_id, "category_id", path, category_id);
  if (status.ok()) status = TakeBox(record, path, box);
  return status;
}

absl::Status Resolve(const Ids& ids, int64_t id, absl::string_view path, absl::string_view name,
                     size_t& index) {
  const auto found = ids.find(id);
  if (found == ids.end()) {
    return Invalid(path, absl::StrCat(".", name, ": ", id, " is not in the annotations' file"));
  }
  index = found->second;
  return absl::OkStatus();
}

// Builds a data set record by record.
class DatasetBuilder {
 public:
  absl::Status ReadAnnotations(std::istream& in) {
    const absl::Status status =
        ReadJsonSections(in, {"images", "categories", "annotations"},
                         [this](const std::string& section, int64_t index, JsonRecord& record) {
                           return Add(section, absl::StrCat(section, "[", index, "]"), record);
                         });
    if (!status.ok()) return status;
    if (dataset_.images.empty()) return Invalid("", "images: at least one is required");
    if (dataset_.categories.empty()) return Invalid("", "categories: at least one is required");
    return ResolveAnnotations();
  }

  absl::Status ReadDetections(std::istream& in) {
    return ReadJsonArray(in, [this](const std::string&, int64_t index, JsonRecord& record) {
      return AddDetection(absl::StrCat("[", index, "]"), record);
    });
  }

  Dataset Finish() && { return std::move(dataset_); }

 private:
  absl::Status Add(const std::string& section, const std::string& path, JsonRecord& record) {
    if (section == "images") return AddImage(path, record);
    if (section == "categories") return AddCategory(path, record);
    return AddAnnotation(path, record);
  }

  absl::Status AddImage(const std::string& path, JsonRecord& record) {
    Image image;
    const absl::Status status = Take(record.id, "id", path, image.id);
    if (!status.ok()) return status;
    image.file_name = record.file_name.value_or("");
    return AddUnique(path, std::move(image), image_ids_, dataset_.images);
  }

  absl::Status AddCategory(const std::string& path, JsonRecord& record) {
    Category category;
    const absl::Status status = Take(record.id, "id", path, category.id);
    if (!status.ok()) return status;
    category.name = record.name.value_or(absl::StrCat(category.id));
    return AddUnique(path, std::move(category), category_ids_, dataset_.categories);
  }

  template <typename T>
  absl::Status AddUnique(const std::string& path, T value, Ids& ids, std::vector<T>& values) {
    if (!ids.emplace(value.id, values.size()).second) {
      return Invalid(path, absl::StrCat(".id: ", value.id, " occurs twice"));
    }
    values.push_back(std::move(value));
    return absl::OkStatus();
  }

  absl::Status AddAnnotation(const std::string& path, JsonRecord& record) {
    RawAnnotation raw;
    const absl::Status status = TakePlaced(record, path, raw.image_id, raw.category_id, raw.box);
    if (!status.ok()) return status;
    raw.crowd = record.iscrowd.value_or(false);
    raw_.push_back(raw);
    return absl::OkStatus();
  }

  absl::Status ResolveAnnotations() {
    dataset_.annotations.reserve(raw_.size());
    for (size_t i = 0; i < raw_.size(); ++i) {
      Annotation annotation = {.box = raw_[i].box, .crowd = raw_[i].crowd};
      const absl::Status status = ResolvePlaced(absl::StrCat("annotations[", i, "]"),
                                                raw_[i].image_id, raw_[i].category_id, annotation);
      if (!status.ok()) return status;
      dataset_.annotations.push_back(annotation);
    }
    raw_ = {};
    return absl::OkStatus();
  }

  absl::Status AddDetection(const std::string& path, JsonRecord& record) {
    Detection detection;
    int64_t image_id = 0;
    int64_t category_id = 0;
    absl::Status status = TakePlaced(record, path, image_id, category_id, detection.box);
    if (status.ok()) status = Take(record.score, "score", path, detection.score);
    if (status.ok()) status = ResolvePlaced(path, image_id, category_id, detection);
    if (status.ok()) dataset_.detections.push_back(detection);
    return status;
  }

  template <typename T>
  absl::Status ResolvePlaced(absl::string_view path, int64_t image_id, int64_t category_id,
                             T& placed) {
    const absl::Status status = Resolve(image_ids_, image_id, path, "image_id", placed.image);
    if (!status.ok()) return status;
    return Resolve(category_ids_, category_id, path, "category_id", placed.category);
  }

  Dataset dataset_;
  Ids image_ids_;
  Ids category_ids_;
  std::vector<RawAnnotation> raw_;
};

// Reads the open file at `path` by `read`, a method of the builder.
absl::Status ReadFile(std::ifstream& file, const std::string& path, const ReadingProgress& progress,
                      DatasetBuilder& builder,
                      absl::Status (DatasetBuilder::*read)(std::istream& in)) {
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(path, error);
  CountingBuffer buffer(*file.rdbuf(), [&](uint64_t bytes) {
    if (progress) progress(path, bytes, error ? 0 : size);
  });
  std::istream in(&buffer);
  const absl::Status status = (builder.*read)(in);
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
}

}  // namespace

absl::StatusOr<Dataset> ReadCoco(std::istream& annotations, std::istream& detections) {
  DatasetBuilder builder;
  absl::Status status = builder.ReadAnnotations(annotations);
  if (status.ok()) status = builder.ReadDetections(detections);
  if (!status.ok()) return status;
  return std::move(builder).Finish();
}

absl::StatusOr<Dataset> ReadCocoFiles(const std::string& annotations, const std::string& detections,
                                      const ReadingProgress& progress) {
  absl::StatusOr<std::ifstream> annotation_file = OpenFile(annotations);
  if (!annotation_file.ok()) return annotation_file.status();
  absl::StatusOr<std::ifstream> detection_file = OpenFile(detections);
  if (!detection_file.ok()) return detection_file.status();
  DatasetBuilder builder;
  absl::Status status =
      ReadFile(*annotation_file, annotations, progress, builder, &DatasetBuilder::ReadAnnotations);
  if (status.ok()) {
    status =
        ReadFile(*detection_file, detections, progress, builder, &DatasetBuilder::ReadDetections);
  }
  if (!status.ok()) return status;
  return std::move(builder).Finish();
}

}  // namespace detloss::cli
