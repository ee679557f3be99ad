// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_PARAMETERS_H_
#define DETLOSS_SERVER_PARAMETERS_H_

#include <google/protobuf/message.h>

#include <vector>

#include "detloss/registry.h"
#include "detloss/violation.h"

namespace detloss {

// Reads the parameters of a loss from its message, by reflection over the loss's table: no loss is
// named here. Appends a violation, whose path begins with the loss's name, for every enum value
// that is not known; ranges are left to MakePlan. REQUIRES: `loss` is one of AllLosses().
ParameterValues DecodeParameters(const LossInfo& loss, const google::protobuf::Message& message,
                                 std::vector<Violation>& violations);

}  // namespace detloss

#endif  // DETLOSS_SERVER_PARAMETERS_H_
