// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>

#include <system_error>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/socket_buffers.h"
#include "server/address.h"
#include "server/version.h"

namespace detloss {
namespace {

// What watchers of the health have to hear that the server stops, before their calls are cut off.
constexpr absl::Duration kFarewell = absl::Milliseconds(100);

ServerOptions WithDefaults(ServerOptions options) {
  if (options.compute_threads == 0) {
    options.compute_threads =
        static_cast<int32_t>(std::max(1u, std::thread::hardware_concurrency()));
  }
  return options;
}

// "127.0.0.1:0" with the port that was taken.
std::string BoundAddress(const std::string& address, int port) {
  if (absl::StartsWith(address, "unix:")) return address;
  return absl::StrCat(address.substr(0, address.rfind(':') + 1), port);
}

void Configure(const ServerOptions& options, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.request_bytes_max));
  builder.SetMaxSendMessageSize(-1);
  // gRPC 1.51 measures a message before it inflates it: a kilobyte could become gigabytes.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  // Two servers must not share a port without knowing.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  RaiseSocketBuffers(builder);
}

}  // namespace

Server::Server(const ServerOptions& options, Log& log)
    : log_(log), transport_(options, metrics_, log) {}

Server::~Server() = default;

absl::StatusOr<std::unique_ptr<Server>> Server::Create(ServerOptions options, Log& log) {
  if (absl::Status status = options.Validate(); !status.ok()) return status;
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  options = WithDefaults(std::move(options));
  std::unique_ptr<Server> server;
  try {
    server.reset(new Server(options, log));
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "--compute_threads: cannot start ", options.compute_threads, " threads: ", error.what()));
  }
  if (absl::Status status = server->Listen(); !status.ok()) return status;
  return server;
}

absl::Status Server::Listen() {
  grpc::ServerBuilder builder;
  Configure(options(), builder);
  const std::vector<std::string> wanted = SplitAddresses(options().listen);
  std::vector<int> ports(wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (absl::Status status = CheckSocketIsFree(wanted[i]); !status.ok()) return status;
    builder.AddListeningPort(wanted[i], grpc::InsecureServerCredentials(), &ports[i]);
  }
  transport_.Register(builder);
  server_ = builder.BuildAndStart();
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (server_ == nullptr || ports[i] == 0) {
      return absl::UnavailableError(absl::StrCat("--listen: cannot listen on ",
                                                 wanted[ports[i] == 0 ? i : 0],
                                                 ": is the address right and not in use?"));
    }
    addresses_.push_back(BoundAddress(wanted[i], ports[i]));
  }
  transport_.Start();
  transport_.health().Set(true);
  LogFields fields = {
      {"version", kVersion}, {"simd", std::string(SimdTarget())}, {"addresses", addresses_}};
  for (const OptionText& option : options().ToText()) {
    fields["options"][option.name] = option.value;
  }
  log_.WriteAlways("serving", fields);
  return absl::OkStatus();
}

void Server::LogMetrics() { log_.WriteAlways("metrics", metrics_.ToLog(log_.dropped_count())); }

void Server::Shutdown(absl::Duration timeout) {
  log_.WriteAlways("draining", {{"in_flight", metrics_.in_flight()},
                                {"timeout", absl::FormatDuration(timeout)}});
  transport_.health().Set(false);
  transport_.Drain(absl::ToChronoMilliseconds(timeout));
  server_->Shutdown(absl::ToChronoTime(absl::Now() + kFarewell));
  transport_.Stop();
  LogMetrics();
  log_.WriteAlways("stopped", LogFields::object());
}

}  // namespace detloss
