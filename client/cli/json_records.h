// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Reads records from JSON files of any size: one record is in memory at a time.

#ifndef DETLOSS_CLI_JSON_RECORDS_H_
#define DETLOSS_CLI_JSON_RECORDS_H_

#include <cstdint>
#include <functional>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace detloss::cli {

// The fields that COCO's images, categories, annotations and results have and that we use. A field
// that is null in the file is absent.
struct JsonRecord {
  std::optional<int64_t> id;
  std::optional<int64_t> image_id;
  std::optional<int64_t> category_id;
  std::optional<bool> iscrowd;
  std::optional<double> score;
  std::optional<std::string> name;
  std::optional<std::string> file_name;
  std::optional<std::vector<double>> bbox;
};

// Takes the record at `path`: "annotations[3]", or "[3]" when the file is one array. Its status, if
// not OK, ends the reading.
using JsonRecordSink =
    std::function<absl::Status(const std::string& section, int64_t index, JsonRecord& record)>;

// Hands every object of `[object, ..]` to `sink`, with section "". Other fields are skipped.
//
// INVALID_ARGUMENT when the text is not JSON, with the position, has another layout, or a field has
// another type, with its path; and the status of `sink`.
absl::Status ReadJsonArray(std::istream& in, const JsonRecordSink& sink);

// The same for `{"section": [object, ..], ..}`, which has each of `sections` once, in any order.
// Other sections are skipped.
absl::Status ReadJsonSections(std::istream& in, const std::vector<std::string>& sections,
                              const JsonRecordSink& sink);

}  // namespace detloss::cli

#endif  // DETLOSS_CLI_JSON_RECORDS_H_
