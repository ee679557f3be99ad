// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Parameters that several losses share, so that they mean the same everywhere.

#ifndef DETLOSS_CORE_LOSSES_PARAMETERS_H_
#define DETLOSS_CORE_LOSSES_PARAMETERS_H_

#include "core/kernels/box_options.h"
#include "detloss/registry.h"

namespace detloss {

// The names of BoxFormat and Convention.
inline constexpr absl::string_view kBoxFormats[] = {"XYXY", "XYWH", "CXCYWH"};
inline constexpr absl::string_view kConventions[] = {"EXACT", "TORCHVISION"};

// The names that the drivers know.
inline constexpr absl::string_view kIgnoreIndexName = "ignore_index";
inline constexpr absl::string_view kBoxFormatName = "format";

inline constexpr ParameterSpec kIgnoreIndex = {
    .name = kIgnoreIndexName,
    .kind = ParameterKind::kInteger,
    .description = "rows of this class index count for nothing"};

inline constexpr ParameterSpec kClassWeights = {.name = "class_weights",
                                                .kind = ParameterKind::kNumbers,
                                                .description = "weight of each class",
                                                .min = 0};

inline constexpr ParameterSpec kGamma = {.name = "gamma",
                                         .kind = ParameterKind::kNumber,
                                         .description = "focusing exponent",
                                         .default_value = 2,
                                         .min = 0,
                                         .max = 16};

inline constexpr ParameterSpec kFormat = {.name = kBoxFormatName,
                                          .kind = ParameterKind::kChoice,
                                          .description = "coordinates of both tensors",
                                          .choices = kBoxFormats};

inline constexpr ParameterSpec kConvention = {.name = "convention",
                                              .kind = ParameterKind::kChoice,
                                              .description = "where an epsilon stands",
                                              .choices = kConventions};

// The first two parameters of every box loss.
struct BoxOptions {
  explicit BoxOptions(const ParameterValues& values)
      : format(static_cast<BoxFormat>(values[0].number)),
        convention(static_cast<Convention>(values[1].number)) {}

  BoxFormat format;
  Convention convention;
};

}  // namespace detloss

#endif  // DETLOSS_CORE_LOSSES_PARAMETERS_H_
