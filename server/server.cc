// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/server.h"

#include <grpcpp/resource_quota.h>

#include <algorithm>
#include <system_error>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/address.h"
#include "server/descriptors.h"
#include "server/memory_pressure.h"
#include "server/version.h"

namespace detloss {
namespace {

// What watchers of the health have to hear that the server stops, before their calls are cancelled.
constexpr absl::Duration kFarewell = absl::Milliseconds(100);

// After this, callers that were cancelled have taken what was being written to them, or do not.
constexpr absl::Duration kCutOff = absl::Seconds(1);

// Who connects and then says nothing is let go after this.
constexpr absl::Duration kHandshakeMax = absl::Seconds(10);

// Clients connect anew by themselves when they call again.
constexpr absl::Duration kIdleMax = absl::Minutes(10);

// Clients that ask for signs of life more often are taken for an attack.
constexpr absl::Duration kClientPingMin = absl::Seconds(5);

// Of the memory that there is besides the program, requests in flight may hold a quarter and one
// message a sixteenth: by the bound of docs/operations.md, a third is left for connections.
void FitInto(int64_t memory_bytes, ServerOptions& options) {
  if (memory_bytes == 0) return;
  constexpr int64_t kProgramBytes = 80 << 20;
  const int64_t free = std::max(memory_bytes - kProgramBytes, memory_bytes / 4);
  options.in_flight_bytes_max =
      std::min(options.in_flight_bytes_max, std::max<int64_t>(free / 4, 1));
  options.request_bytes_max = std::min(options.request_bytes_max, std::max<int64_t>(free / 16, 1));
}

ServerOptions WithDefaults(ServerOptions options) {
  options.memory_bytes_max = MemoryLimit(options.memory_bytes_max);
  FitInto(options.memory_bytes_max, options);
  if (options.compute_threads == 0) {
    options.compute_threads =
        static_cast<int32_t>(std::max(1u, std::thread::hardware_concurrency()));
  }
  return options;
}

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

// What gRPC may hold of messages: those that are admitted, and some that are being received, whose
// size it compares with the limit only when they are there. Above it, gRPC cancels calls.
size_t ReceivedBytesMax(const ServerOptions& options) {
  return static_cast<size_t>(options.in_flight_bytes_max + 2 * options.request_bytes_max);
}

void ConfigureMessages(const ServerOptions& options, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.request_bytes_max));
  builder.SetMaxSendMessageSize(-1);
  // gRPC 1.51 measures a message before it inflates it: a kilobyte could become gigabytes.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  grpc::ResourceQuota quota("detlossd");
  builder.SetResourceQuota(quota.Resize(ReceivedBytesMax(options)));
}

void ConfigureConnections(const ServerOptions& options, grpc::ServerBuilder& builder) {
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.connection_streams_max);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, Milliseconds(kHandshakeMax));
  if (options.connection_age_max > absl::ZeroDuration()) {
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                               Milliseconds(options.connection_age_max));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                               Milliseconds(options.connection_age_grace));
  }
  if (options.keepalive_time > absl::ZeroDuration()) {
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(options.keepalive_time));
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                               Milliseconds(options.keepalive_timeout));
  }
  // Who holds a connection without calling holds room that others may want.
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, Milliseconds(kIdleMax));
  // Clients may look after their connections as often as ours does, with calls or without.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             Milliseconds(kClientPingMin));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
}

// A way to hand gRPC connections, which become secure by `credentials`.
std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> AddAcceptor(
    std::shared_ptr<grpc::ServerCredentials> credentials, grpc::ServerBuilder& builder) {
  return builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      std::move(credentials));
}

}  // namespace

Server::Server(const ServerOptions& options, std::unique_ptr<Security> security, Log& log,
               PressureSource pressure)
    : log_(log),
      security_(std::move(security)),
      transport_(options, security_->access(), metrics_, log, std::move(pressure)),
      listener_(static_cast<size_t>(options.connections_max),
                absl::ToChronoMilliseconds(options.transfer_timeout)) {}

Server::~Server() = default;

absl::StatusOr<std::unique_ptr<Server>> Server::Create(ServerOptions options, Log& log,
                                                       PressureSource pressure) {
  if (absl::Status status = options.Validate(); !status.ok()) return status;
  options = WithDefaults(std::move(options));
  if (absl::Status status = ReserveDescriptors(options.connections_max); !status.ok()) {
    return status;
  }
  absl::StatusOr<std::unique_ptr<Security>> security = Security::Create(options, log);
  if (!security.ok()) return security.status();
  std::unique_ptr<Server> server;
  try {
    server.reset(new Server(options, *std::move(security), log, std::move(pressure)));
    if (absl::Status status = server->Listen(); !status.ok()) return status;
    if (absl::Status status = server->Build(); !status.ok()) return status;
    server->StartMetricsLog();
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(
        absl::StrCat("--compute_threads: cannot start ", options.compute_threads,
                     " threads and those of the server itself: ", error.what()));
  }
  server->LogServing();
  return server;
}

absl::Status Server::Listen() {
  for (const std::string& address : SplitAddresses(options().listen)) {
    if (absl::Status status = listener_.Listen(address); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Server::Build() {
  grpc::ServerBuilder builder;
  ConfigureMessages(options(), builder);
  ConfigureConnections(options(), builder);
  acceptor_ = AddAcceptor(security_->credentials(), builder);
  unix_acceptor_ = AddAcceptor(grpc::InsecureServerCredentials(), builder);
  transport_.Register(builder);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) return absl::InternalError("gRPC cannot start a server");
  transport_.Start();
  listener_.Start([this](int descriptor, bool is_unix) {
    Acceptor::NewConnectionParameters connection;
    connection.fd = descriptor;
    (is_unix ? unix_acceptor_ : acceptor_)->HandleNewConnection(&connection);
  });
  transport_.health().Set(true);
  return absl::OkStatus();
}

void Server::LogServing() {
  LogFields fields = {
      {"version", kVersion}, {"simd", std::string(SimdTarget())}, {"addresses", addresses()}};
  for (const OptionText& option : options().ToText()) {
    fields["options"][option.name] = option.logged;
  }
  log_.WriteAlways("serving", fields);
}

void Server::StartMetricsLog() {
  const absl::Duration interval = options().metrics_log_interval;
  if (interval == absl::ZeroDuration()) return;
  metrics_log_.emplace(absl::ToChronoNanoseconds(interval), [this] { LogMetrics(); });
}

void Server::LogMetrics() {
  log_.WriteAlways("metrics", metrics_.ToLog({.bytes_in_flight = ledger().bytes,
                                              .queue = transport_.admission().Queue(),
                                              .connections = listener_.open_count(),
                                              .connections_refused = listener_.refused_count(),
                                              .log_lines_dropped = log_.dropped_count()}));
}

// gRPC closes a connection only when it has written what it has begun to write there, and a call
// may begin to write while the others are cut off.
void Server::Disconnect() {
  const Ticker cut_off(absl::ToChronoNanoseconds(kCutOff), [this] {
    transport_.NoteCutOff();
    listener_.CutOff();
  });
  server_->Shutdown(absl::ToChronoTime(absl::Now() + kFarewell));
}

void Server::Shutdown(absl::Duration delay, absl::Duration timeout) {
  log_.WriteAlways("draining", {{"in_flight", metrics_.in_flight()},
                                {"delay", absl::FormatDuration(delay)},
                                {"timeout", absl::FormatDuration(timeout)}});
  transport_.health().Set(false);
  absl::SleepFor(delay);
  listener_.Stop();
  transport_.Drain(absl::ToChronoMilliseconds(timeout));
  Disconnect();
  transport_.Stop();
  metrics_log_.reset();
  LogMetrics();
  log_.WriteAlways("stopped", LogFields::object());
}

}  // namespace detloss
