// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_SKIP_FIELD_H_
#define DETLOSS_SERVER_SKIP_FIELD_H_

#include <google/protobuf/io/coded_stream.h>

#include <cstdint>

namespace detloss {

// Leaves out a field whose tag was read, a group with all that is in it. Each field in a group is
// one of `fields_left`. Returns false when none is left, or the bytes are no message.
bool SkipField(google::protobuf::io::CodedInputStream& in, uint32_t tag, int64_t& fields_left);

}  // namespace detloss

#endif  // DETLOSS_SERVER_SKIP_FIELD_H_
