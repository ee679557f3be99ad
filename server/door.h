// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The door: every call of every method comes in here, and only here.

#ifndef DETLOSS_SERVER_DOOR_H_
#define DETLOSS_SERVER_DOOR_H_

#include <memory>

#include "server/call.h"

namespace detloss {

// Decides whether a call may come in, before anything of its request is read, and hands it to the
// method that it is of. Refuses callers whom `Access` does not know, methods that there are not,
// whatever comes after the server began to end, and what there is no room for.
void LetIn(std::shared_ptr<Call> call);

}  // namespace detloss

#endif  // DETLOSS_SERVER_DOOR_H_
