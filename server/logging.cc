// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/logging.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace detloss {
namespace {

using FileSink = spdlog::sinks::stdout_sink_base<spdlog::details::console_mutex>;

constexpr size_t kQueueLines = 8192;

LogLevel LevelNamed(const std::string& name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "warn") return LogLevel::kWarn;
  if (name == "error") return LogLevel::kError;
  return LogLevel::kInfo;
}

std::string Dump(const LogFields& fields) {
  // Names of terms come from clients: bytes that are no UTF-8 must not end the process.
  return fields.dump(-1, ' ', false, LogFields::error_handler_t::replace);
}

// "key=value key=value"; nested values as JSON.
std::string ToText(const LogFields& fields) {
  std::string text;
  for (const auto& [key, value] : fields.items()) {
    const bool plain = value.is_string() && (key == "time" || key == "level" || key == "event");
    absl::StrAppend(&text, text.empty() ? "" : " ", key, "=",
                    plain ? value.get<std::string>() : Dump(value));
  }
  return text;
}

}  // namespace

Log::Log(const ServerOptions& options, std::FILE* output)
    : json_(options.log_format == "json"), level_(LevelNamed(options.log_level)) {
  auto sink = std::make_shared<FileSink>(output);
  writer_ = std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1);
  logger_ = std::make_shared<spdlog::async_logger>("detlossd", sink, writer_,
                                                   spdlog::async_overflow_policy::overrun_oldest);
  logger_->set_pattern("%v");
  // Whoever reads the log through a pipe waits for the first line; it must not stay in a buffer.
  logger_->flush_on(spdlog::level::info);
}

Log::~Log() = default;

void Log::Write(LogLevel level, const char* event, const LogFields& fields) {
  if (level >= level_) WriteLine(level, event, fields);
}

void Log::WriteAlways(const char* event, const LogFields& fields) {
  WriteLine(LogLevel::kInfo, event, fields);
}

void Log::WriteLine(LogLevel level, const char* event, const LogFields& fields) {
  constexpr const char* kNames[] = {"debug", "info", "warn", "error"};
  LogFields line = {
      {"time", absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone())},
      {"level", kNames[static_cast<size_t>(level)]},
      {"event", event}};
  line.update(fields);
  logger_->info(json_ ? Dump(line) : ToText(line));
}

int64_t Log::dropped_count() const { return static_cast<int64_t>(writer_->overrun_counter()); }

}  // namespace detloss
