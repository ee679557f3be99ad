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

bool IsPlain(char c) {
  return absl::ascii_isprint(static_cast<unsigned char>(c)) && c != '"' && c != '\\';
}

void AppendQuoted(absl::string_view text, SmallText& line) {
  if (absl::c_all_of(text, IsPlain)) {
    line.Append("\"");
    line.Append(text);
    line.Append("\"");
    return;
  }
  // Names of terms come from clients: bytes that are no UTF-8 must not end the process.
  using nlohmann::json;
  line.Append(json(std::string(text)).dump(-1, ' ', false, json::error_handler_t::replace));
}

// A date takes a microsecond to format: that of each second is kept.
absl::string_view Now() {
  thread_local int64_t second = -1;
  thread_local std::string date;
  const int64_t now = absl::ToUnixMicros(absl::Now());
  if (now / 1000000 != second) {
    second = now / 1000000;
    date = absl::FormatTime("%Y-%m-%dT%H:%M:%S.000000Z", absl::FromUnixSeconds(second),
                            absl::UTCTimeZone());
  }
  int64_t rest = now % 1000000;
  for (size_t place = date.size() - 2; date[place] != '.'; --place, rest /= 10) {
    date[place] = static_cast<char>('0' + rest % 10);
  }
  return date;
}

}  // namespace

LogLine::LogLine(bool json, absl::string_view level, absl::string_view event) : json_(json) {
  AddWord("time", Now());
  AddWord("level", level);
  AddWord("event", event);
}

void LogLine::Add(absl::string_view key, int64_t value) {
  AddJson(key, absl::AlphaNum(value).Piece());
}

void LogLine::Add(absl::string_view key, absl::string_view text) {
  AddKey(key);
  AppendQuoted(text, text_);
}

void LogLine::Add(absl::string_view key, absl::Span<const absl::string_view> texts) {
  AddKey(key);
  absl::string_view before = "[";
  for (const absl::string_view text : texts) {
    text_.Append(before);
    AppendQuoted(text, text_);
    before = ",";
  }
  text_.Append(texts.empty() ? "[]" : "]");
}

void LogLine::AddJson(absl::string_view key, absl::string_view value) {
  AddKey(key);
  text_.Append(value);
}

absl::string_view LogLine::Finish() && {
  if (json_) text_.Append("}");
  return text_.view();
}

void LogLine::AddKey(absl::string_view key) {
  const bool first = text_.empty();
  if (json_) {
    text_.Append(first ? "{\"" : ",\"");
    text_.Append(key);
    text_.Append("\":");
  } else {
    text_.Append(first ? "" : " ");
    text_.Append(key);
    text_.Append("=");
  }
}

void LogLine::AddWord(absl::string_view key, absl::string_view word) {
  AddKey(key);
  text_.Append(json_ ? "\"" : "");
  text_.Append(word);
  text_.Append(json_ ? "\"" : "");
}

}  // namespace detloss
