// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "detloss/client/allocator.h"

#include "common/allocator.h"

namespace detloss::client {

void TuneAllocator() { detloss::TuneAllocator(); }

}  // namespace detloss::client
