// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_ACCESS_LOG_H_
#define DETLOSS_SERVER_ACCESS_LOG_H_

#include "server/compute.h"
#include "server/logging.h"

namespace detloss {

// Logs one request. docs/operations.md says what each field means. No tensor contents.
void LogRequest(const RequestRecord& record, Log& log);

}  // namespace detloss

#endif  // DETLOSS_SERVER_ACCESS_LOG_H_
