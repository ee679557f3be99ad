// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/logging.h"

#include <spdlog/async.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

#include <chrono>
#include <thread>
#include <utility>

namespace detloss {
namespace {

constexpr size_t kQueueLines = 8192;

LogLevel LevelNamed(const std::string& name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "warn") return LogLevel::kWarn;
  if (name == "error") return LogLevel::kError;
  return LogLevel::kInfo;
}

constexpr const char* kLevelNames[] = {"debug", "info", "warn", "error"};

// Lines reach their reader at once as long as there are few. When more come, they gather for so
// long: a busy server is not to wake the writer, and it not to call the system, for each.
constexpr std::chrono::milliseconds kGather{10};

// Writes to a file, as the thread of `writer`.
class GatheringSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  GatheringSink(std::FILE* file, spdlog::details::thread_pool& writer)
      : file_(file), writer_(writer) {}
  ~GatheringSink() override { std::fflush(file_); }

 private:
  void sink_it_(const spdlog::details::log_msg& line) override {
    std::fwrite(line.payload.data(), 1, line.payload.size(), file_);
    std::fputc('\n', file_);
    if (writer_.queue_size() > 0) return;
    std::fflush(file_);
    std::this_thread::sleep_for(kGather);
  }
  void flush_() override { std::fflush(file_); }

  std::FILE* const file_;
  spdlog::details::thread_pool& writer_;
};

}  // namespace

Log::Log(const ServerOptions& options, std::FILE* output)
    : json_(options.log_format == "json"), level_(LevelNamed(options.log_level)) {
  writer_ = std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1);
  auto sink = std::make_shared<GatheringSink>(output, *writer_);
  logger_ = std::make_shared<spdlog::async_logger>("detlossd", sink, writer_,
                                                   spdlog::async_overflow_policy::overrun_oldest);
}

Log::~Log() = default;

std::optional<LogLine> Log::Begin(LogLevel level, const char* event) const {
  if (level < level_) return std::nullopt;
  return LogLine(json_, kLevelNames[static_cast<size_t>(level)], event);
}

void Log::Write(LogLine line) { logger_->info(std::move(line).Finish()); }

void Log::WriteAlways(const char* event, const LogFields& fields) {
  LogLine line(json_, kLevelNames[static_cast<size_t>(LogLevel::kInfo)], event);
  for (const auto& [key, value] : fields.items()) {
    // Paths of sockets need not be text.
    line.AddJson(key, value.dump(-1, ' ', false, LogFields::error_handler_t::replace));
  }
  Write(std::move(line));
}

int64_t Log::dropped_count() const { return static_cast<int64_t>(writer_->overrun_counter()); }

}  // namespace detloss
