// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_COMMON_REQUEST_BYTES_H_
#define DETLOSS_COMMON_REQUEST_BYTES_H_

#include <cstddef>

namespace detloss {

// Metadata of a call of ComputeLoss: the bytes of its serialized request, in decimal. It arrives
// before the message, so that a server which has no room for that many bytes can refuse the call
// before they are sent.
inline constexpr char kRequestBytesKey[] = "detloss-request-bytes";

// Bytes of a request from which a client sends it: a smaller request is there as soon.
inline constexpr size_t kAnnouncedBytesMin = 64 << 10;

}  // namespace detloss

#endif  // DETLOSS_COMMON_REQUEST_BYTES_H_
