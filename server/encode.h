// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// From the results of the core to the messages of the API.

#ifndef DETLOSS_SERVER_ENCODE_H_
#define DETLOSS_SERVER_ENCODE_H_

#include "detloss/loss.h"
#include "detloss/v1/loss_service.pb.h"

namespace detloss {

// Makes room for the tensors of a result and returns where the kernels write them: into the message
// itself, so that encoding copies nothing.
Outputs PrepareResult(const Plan& plan, v1::TermResult& result);

// Fills in the rest of the result after execution.
void EncodeResult(const Problem& problem, const Summary& summary, v1::TermResult& result);

// Replaces the bytes of the tensors by numbers.
void EncodeAsValues(v1::TermResult& result);

}  // namespace detloss

#endif  // DETLOSS_SERVER_ENCODE_H_
