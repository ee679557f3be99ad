// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/log_line.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace detloss {
namespace {

constexpr size_t kBytes = 512;  // of most lines

bool IsPlain(char c) {
  return absl::ascii_isprint(static_cast<unsigned char>(c)) && c != '"' && c != '\\';
}

void AppendQuoted(absl::string_view text, std::string& line) {
  if (absl::c_all_of(text, IsPlain)) {
    absl::StrAppend(&line, "\"", text, "\"");
    return;
  }
  // Names of terms come from clients: bytes that are no UTF-8 must not end the process.
  using nlohmann::json;
  line += json(std::string(text)).dump(-1, ' ', false, json::error_handler_t::replace);
}

// A date takes a microsecond to format: that of each second is kept.
std::string Now() {
  thread_local int64_t second = -1;
  thread_local std::string date;
  const int64_t now = absl::ToUnixMicros(absl::Now());
  if (now / 1000000 != second) {
    second = now / 1000000;
    date =
        absl::FormatTime("%Y-%m-%dT%H:%M:%S.", absl::FromUnixSeconds(second), absl::UTCTimeZone());
  }
  return absl::StrCat(date, absl::Dec(now % 1000000, absl::kZeroPad6), "Z");
}

}  // namespace

LogLine::LogLine(bool json, absl::string_view level, absl::string_view event) : json_(json) {
  text_.reserve(kBytes);
  AddWord("time", Now());
  AddWord("level", level);
  AddWord("event", event);
}

void LogLine::Add(absl::string_view key, int64_t value) {
  AddKey(key);
  absl::StrAppend(&text_, value);
}

void LogLine::Add(absl::string_view key, absl::string_view text) {
  AddKey(key);
  AppendQuoted(text, text_);
}

void LogLine::Add(absl::string_view key, absl::Span<const absl::string_view> texts) {
  AddKey(key);
  for (size_t i = 0; i < texts.size(); ++i) {
    text_ += i == 0 ? '[' : ',';
    AppendQuoted(texts[i], text_);
  }
  text_ += texts.empty() ? "[]" : "]";
}

void LogLine::AddJson(absl::string_view key, absl::string_view value) {
  AddKey(key);
  absl::StrAppend(&text_, value);
}

std::string LogLine::Finish() && {
  if (json_) text_ += '}';
  return std::move(text_);
}

void LogLine::AddKey(absl::string_view key) {
  if (json_) {
    absl::StrAppend(&text_, text_.empty() ? "{\"" : ",\"", key, "\":");
  } else {
    absl::StrAppend(&text_, text_.empty() ? "" : " ", key, "=");
  }
}

void LogLine::AddWord(absl::string_view key, absl::string_view word) {
  AddKey(key);
  absl::StrAppend(&text_, json_ ? "\"" : "", word, json_ ? "\"" : "");
}

}  // namespace detloss
