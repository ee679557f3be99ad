// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_WITHIN_MEMORY_H_
#define DETLOSS_SERVER_WITHIN_MEMORY_H_

#include <new>

#include "absl/status/status.h"
#include "server/status.h"

namespace detloss {

// Runs `work`, which returns a status or a value instead of one. Libraries below say by an
// exception that there is no memory; that must not end the process.
//
// Errors: RESOURCE_EXHAUSTED with reason OUT_OF_MEMORY.
template <class Work>
auto WithinMemory(Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return MakeError(Reason::kOutOfMemory, "the server has not enough memory for this request");
  }
}

}  // namespace detloss

#endif  // DETLOSS_SERVER_WITHIN_MEMORY_H_
