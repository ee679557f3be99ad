// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/enum_text.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace detloss {

std::string UnknownValueText(const google::protobuf::EnumDescriptor& type, int number) {
  // Every enum of the API begins with PREFIX_UNSPECIFIED, which means the default or nothing.
  const absl::string_view prefix = absl::StripSuffix(type.value(0)->name(), "UNSPECIFIED");
  std::vector<absl::string_view> names;
  for (int i = 1; i < type.value_count(); ++i) {
    names.push_back(absl::StripPrefix(type.value(i)->name(), prefix));
  }
  return absl::StrCat("must be one of ", absl::StrJoin(names, ", "), ", got the number ", number);
}

}  // namespace detloss
