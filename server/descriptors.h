// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_DESCRIPTORS_H_
#define DETLOSS_SERVER_DESCRIPTORS_H_

#include <cstdint>

#include "absl/status/status.h"

namespace detloss {

// Sees to it that the process may have descriptors for so many connections and for what else it
// needs, by raising its soft limit as far as the hard one.
//
// Errors: RESOURCE_EXHAUSTED if that is not enough.
absl::Status ReserveDescriptors(int64_t connections);

}  // namespace detloss

#endif  // DETLOSS_SERVER_DESCRIPTORS_H_
