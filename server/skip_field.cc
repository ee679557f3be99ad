// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/skip_field.h"

#include <google/protobuf/wire_format_lite.h>

namespace detloss {

using google::protobuf::internal::WireFormatLite;

bool SkipField(google::protobuf::io::CodedInputStream& in, uint32_t tag, int64_t& fields_left) {
  for (int depth = 0;;) {
    switch (WireFormatLite::GetTagWireType(tag)) {
      case WireFormatLite::WIRETYPE_START_GROUP:
        ++depth;
        break;
      case WireFormatLite::WIRETYPE_END_GROUP:
        --depth;
        break;
      default:
        if (!WireFormatLite::SkipField(&in, tag)) return false;
    }
    if (depth <= 0) return depth == 0;
    tag = in.ReadTag();
    if (tag == 0 || --fields_left < 0) return false;
  }
}

}  // namespace detloss
