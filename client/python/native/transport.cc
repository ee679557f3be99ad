// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/python/native/transport.h"

#include <grpcpp/generic/generic_stub.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <cstring>
#include <mutex>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/cpp/address.h"
#include "client/cpp/channel.h"
#include "detloss/client/options.h"

namespace detloss::python {
namespace {

// Copying costs less than keeping an object below this many bytes.
constexpr Py_ssize_t kCopiedBytesMax = 4096;

constexpr absl::Duration kCheckInterval = absl::Milliseconds(100);

// The views that transports have dropped.
class Unused {
 public:
  void Add(Py_buffer* view) {
    const std::lock_guard lock(mutex_);
    views_.push_back(view);
  }

  std::vector<Py_buffer*> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(views_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<Py_buffer*> views_;
};

// Never destroyed: threads of gRPC may outlive the module.
Unused& UnusedViews() {
  static auto* const unused = new Unused;
  return *unused;
}

client::ClientOptions Options(const std::string& address, bool encrypted, const std::string& ca,
                              const std::string& certificate, const std::string& key) {
  client::ClientOptions options{.address = address};
  if (encrypted) options.tls = {.ca = ca, .certificate = certificate, .key = key};
  return options;
}

// Waits for the one event of a queue.
void Await(grpc::CompletionQueue& queue, absl::FunctionRef<void()> check) {
  void* tag = nullptr;
  bool ok = false;
  while (queue.AsyncNext(&tag, &ok, absl::ToChronoTime(absl::Now() + kCheckInterval)) ==
         grpc::CompletionQueue::TIMEOUT) {
    check();
  }
}

Metadata Trailers(const grpc::ClientContext& context) {
  Metadata trailers;
  for (const auto& [key, value] : context.GetServerTrailingMetadata()) {
    trailers.emplace_back(std::string(key.data(), key.size()),
                          std::string(value.data(), value.size()));
  }
  return trailers;
}

}  // namespace

void Request::Append(PyObject* object) {
  auto view = std::make_unique<Py_buffer>();
  if (PyObject_GetBuffer(object, view.get(), PyBUF_SIMPLE) != 0) {
    throw pybind11::error_already_set();
  }
  if (view->len <= kCopiedBytesMax) {
    slices_.emplace_back(view->buf, static_cast<size_t>(view->len));
    PyBuffer_Release(view.get());
    return;
  }
  const auto drop = [](void* dropped) { UnusedViews().Add(static_cast<Py_buffer*>(dropped)); };
  slices_.emplace_back(view->buf, static_cast<size_t>(view->len), drop, view.get());
  view.release();
}

Request::Reclaim::~Reclaim() {
  for (Py_buffer* view : UnusedViews().Take()) {
    PyBuffer_Release(view);
    delete view;
  }
}

Answer::Answer(const grpc::ByteBuffer& message)
    // Not std::make_unique, which would write zeros first.
    : data_(new std::byte[message.Length()]), size_(message.Length()) {
  std::vector<grpc::Slice> slices;
  // Fails only for what is compressed, which the client does not ask for.
  if (!message.Dump(&slices).ok()) size_ = 0;
  size_t at = 0;
  for (const grpc::Slice& slice : slices) {
    std::memcpy(data_.get() + at, slice.begin(), slice.size());
    at += slice.size();
  }
}

Transport::Transport(const std::string& address, bool encrypted, const std::string& ca,
                     const std::string& certificate, const std::string& key)
    : connections_(client::MakeChannels(Options(address, encrypted, ca, certificate, key)),
                   client::SplitAddress(address).size() > 1) {}

Outcome Transport::Call(const std::string& method, const Request& request, const Metadata& metadata,
                        double timeout_s, absl::FunctionRef<void()> check) const {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(timeout_s)));
  for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
  const grpc::ByteBuffer message(request.slices().data(), request.slices().size());
  grpc::ByteBuffer answer;
  grpc::Status status;
  grpc::CompletionQueue queue;
  grpc::GenericStub stub(connections_.Next().channel);
  const auto call = stub.PrepareUnaryCall(&context, method, message, &queue);
  call->StartCall();
  call->Finish(&answer, &status, nullptr);
  try {
    Await(queue, check);
  } catch (...) {
    context.TryCancel();
    Await(queue, [] {});
    throw;
  }
  Outcome outcome{
      static_cast<int>(status.error_code()), status.error_message(), Trailers(context), {}};
  if (status.ok()) outcome.answer = Answer(answer);
  return outcome;
}

void Transport::Wait(double seconds, absl::FunctionRef<void()> check) const {
  const client::Connection& connection = connections_.Next();
  const absl::Time end = absl::Now() + absl::Seconds(seconds);
  const bool lost = !connection.IsReady();
  while (absl::Now() < end && !(lost && connection.IsReady())) {
    connections_.Wait(connection, std::min(end - absl::Now(), kCheckInterval));
    check();
  }
}

}  // namespace detloss::python
