// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Arbitrary text as annotations and, behind a zero byte, detections: what is accepted refers only
// to what is there.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>
#include <string>

#include "client/cli/coco.h"

namespace detloss::cli {
namespace {

template <class Placed>
void CheckPlaced(const Placed& placed, const Dataset& dataset) {
  const Box& box = placed.box;
  const bool right = placed.image < dataset.images.size() &&
                     placed.category < dataset.categories.size() && std::isfinite(box.x) &&
                     std::isfinite(box.y) && box.width >= 0 && box.height >= 0;
  if (!right) std::abort();
}

void Read(const std::string& text) {
  const size_t end = std::min(text.find('\0'), text.size());
  std::istringstream annotations(text.substr(0, end));
  std::istringstream detections(text.substr(std::min(end + 1, text.size())));
  const absl::StatusOr<Dataset> dataset = ReadCoco(annotations, detections);
  if (!dataset.ok()) {
    if (dataset.status().code() != absl::StatusCode::kInvalidArgument) std::abort();
    return;
  }
  for (const Annotation& annotation : dataset->annotations) CheckPlaced(annotation, *dataset);
  for (const Detection& detection : dataset->detections) CheckPlaced(detection, *dataset);
}

}  // namespace
}  // namespace detloss::cli

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  detloss::cli::Read(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
