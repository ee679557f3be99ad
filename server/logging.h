// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The log: one event a line, as JSON or as text, written by a thread of its own so that no request
// waits for it.

#ifndef DETLOSS_SERVER_LOGGING_H_
#define DETLOSS_SERVER_LOGGING_H_

#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "server/line_writer.h"
#include "server/log_line.h"
#include "server/options.h"

namespace detloss {

// Fields in the order in which they are written.
using LogFields = nlohmann::ordered_json;

enum class LogLevel { kDebug, kInfo, kWarn, kError };

// Thread-safe. Lines that come faster than they can be written are dropped and counted, those of
// errors of ours and of the server itself last.
class Log {
 public:
  explicit Log(const ServerOptions& options, std::FILE* output = stdout);

  // Begins a line, unless its level is below that of the options.
  std::optional<LogLine> Begin(LogLevel level, const char* event) const;
  void Write(LogLine&& line, LogLevel level);

  // Counts a line for which there was no memory.
  void Drop() { writer_.Drop(); }

  // Logs a line about the server itself, whatever the level of the options: scripts wait for it.
  void WriteAlways(const char* event, const LogFields& fields);

  // Lines that were dropped.
  int64_t dropped_count() const { return writer_.dropped_count(); }

 private:
  const bool json_;
  const LogLevel level_;
  LineWriter writer_;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_LOGGING_H_
