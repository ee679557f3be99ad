// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// From the results of the core to the messages of the API.

#ifndef DETLOSS_SERVER_ENCODE_H_
#define DETLOSS_SERVER_ENCODE_H_

#include "core/cancellation.h"
#include "detloss/loss.h"
#include "detloss/v1/loss_service.pb.h"
#include "server/reply_writer.h"

namespace detloss {

// Describes the tensors of a result, takes buffers for their elements and returns where the kernels
// write: into the buffers, which become parts of the reply.
Outputs PrepareResult(const Plan& plan, const BufferPool& pool, OutgoingResponse& response,
                      OutgoingResult& result);

// Fills in the rest of the result after execution.
void EncodeResult(const Problem& problem, const Summary& summary, v1::TermResult& result);

// Puts the elements into the messages, as numbers, and gives the buffers back. Ends early when the
// request is cancelled.
void EncodeAsValues(const Cancellation& cancellation, OutgoingResult& result);

}  // namespace detloss

#endif  // DETLOSS_SERVER_ENCODE_H_
