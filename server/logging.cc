// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/logging.h"

#include <new>
#include <utility>

namespace detloss {
namespace {

constexpr size_t kBytesMax = size_t{4} << 20;  // that wait to be written

LogLevel LevelNamed(const std::string& name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "warn") return LogLevel::kWarn;
  if (name == "error") return LogLevel::kError;
  return LogLevel::kInfo;
}

constexpr const char* kLevelNames[] = {"debug", "info", "warn", "error"};

}  // namespace

Log::Log(const ServerOptions& options, std::FILE* output)
    : json_(options.log_format == "json"),
      level_(LevelNamed(options.log_level)),
      writer_(output, kBytesMax) {}

std::optional<LogLine> Log::Begin(LogLevel level, const char* event) const {
  if (level < level_) return std::nullopt;
  return std::optional<LogLine>(std::in_place, json_, kLevelNames[static_cast<size_t>(level)],
                                event);
}

void Log::Write(LogLine&& line, LogLevel level) {
  writer_.Add(std::move(line).Finish(), /*important=*/level == LogLevel::kError);
}

void Log::WriteAlways(const char* event, const LogFields& fields) try {
  LogLine line(json_, kLevelNames[static_cast<size_t>(LogLevel::kInfo)], event);
  for (const auto& [key, value] : fields.items()) {
    // Paths of sockets need not be text.
    line.AddJson(key, value.dump(-1, ' ', false, LogFields::error_handler_t::replace));
  }
  writer_.Add(std::move(line).Finish(), /*important=*/true);
} catch (const std::bad_alloc&) {
  Drop();
}

}  // namespace detloss
