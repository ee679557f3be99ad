// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_LOG_LINE_H_
#define DETLOSS_SERVER_LOG_LINE_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "server/small_text.h"

namespace detloss {

// One line of the log while it is written: an object of JSON, or `key=value` with values in JSON.
// Every request has one, so that it is put together as text and not as a tree.
class LogLine {
 public:
  // Begins with the time, the level and the event.
  LogLine(bool json, absl::string_view level, absl::string_view event);

  void Add(absl::string_view key, int64_t value);
  void Add(absl::string_view key, absl::string_view text);
  void Add(absl::string_view key, absl::Span<const absl::string_view> texts);

  // Adds a value that is in JSON already.
  void AddJson(absl::string_view key, absl::string_view value);

  // The line, which lives as long as this.
  absl::string_view Finish() &&;

 private:
  void AddKey(absl::string_view key);
  // Of the beginning, whose texts are bare where the line is not JSON.
  void AddWord(absl::string_view key, absl::string_view word);

  const bool json_;
  SmallText text_;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_LOG_LINE_H_
