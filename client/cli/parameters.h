// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Losses and their parameters by name, by reflection on the API.

#ifndef DETLOSS_CLI_PARAMETERS_H_
#define DETLOSS_CLI_PARAMETERS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "detloss/v1/loss_service.pb.h"

namespace detloss::cli {

using LossMessage = std::unique_ptr<google::protobuf::Message>;

// The parameters of the loss `name`, all absent. INVALID_ARGUMENT, listing the losses, when there
// is no such loss.
absl::StatusOr<LossMessage> NewLoss(const std::string& name);

// Sets a parameter from `name=value`: a number, a comma-separated list of numbers, or the name of a
// choice such as `xywh`. INVALID_ARGUMENT when there is no such parameter, listing those there are,
// or when the value does not suit it.
absl::Status SetParameter(absl::string_view assignment, google::protobuf::Message& loss);

// `NewLoss` with every one of `assignments`; errors name the loss and the parameter.
absl::StatusOr<LossMessage> MakeLoss(const std::string& name,
                                     const std::vector<std::string>& assignments);

// The choices of an enum of the API as a person types them: xyxy, xywh, cxcywh.
std::vector<std::string> ChoicesOf(const google::protobuf::EnumDescriptor& type);

// One of these.
std::string ChoiceName(int number, const google::protobuf::EnumDescriptor& type);

// The number of the choice `name`, in any case. INVALID_ARGUMENT, listing the choices, when there
// is no such.
absl::StatusOr<int> ParseChoice(absl::string_view name,
                                const google::protobuf::EnumDescriptor& type);

}  // namespace detloss::cli

#endif  // DETLOSS_CLI_PARAMETERS_H_
