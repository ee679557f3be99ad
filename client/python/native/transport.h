// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_CLIENT_PYTHON_NATIVE_TRANSPORT_H_
#define DETLOSS_CLIENT_PYTHON_NATIVE_TRANSPORT_H_

#include <Python.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "client/cpp/connections.h"

namespace detloss::python {

using Metadata = std::vector<std::pair<std::string, std::string>>;

// A message to send: slices that refer to objects of Python, which have to stay alive until the
// transport drops them, perhaps long after a call that failed. Needs the interpreter's lock, but
// for `slices`.
class Request {
 public:
  // The bytes of an object with the buffer protocol, which must be contiguous. Small ones are
  // copied. Throws what the interpreter says.
  void Append(PyObject* object);

  // At the end of its scope gives back what transports have dropped. They do so on threads of gRPC,
  // under its locks, where waiting for the interpreter's lock could wait for ever.
  struct Reclaim {
    Reclaim() = default;
    Reclaim(const Reclaim&) = delete;
    Reclaim& operator=(const Reclaim&) = delete;
    ~Reclaim();
  };

  const std::vector<grpc::Slice>& slices() const { return slices_; }

 private:
  std::vector<grpc::Slice> slices_;
};

// A message that has come, in one piece.
class Answer {
 public:
  Answer() = default;
  explicit Answer(const grpc::ByteBuffer& message);

  std::byte* data() { return data_.get(); }
  size_t size() const { return size_; }

 private:
  std::unique_ptr<std::byte[]> data_;
  size_t size_ = 0;
};

struct Outcome {
  int code = 0;
  std::string message;
  Metadata trailers;
  Answer answer;
};

// The connection to a server. Thread-safe.
class Transport {
 public:
  Transport(const std::string& address, bool encrypted, const std::string& ca,
            const std::string& certificate, const std::string& key);

  // One attempt of a call. Calls `check`, which may throw to end it, several times a second.
  Outcome Call(const std::string& method, const Request& request, const Metadata& metadata,
               double timeout_s, absl::FunctionRef<void()> check) const;

  // Waits before another attempt, but for a connection that is lost only until it is back.
  void Wait(double seconds, absl::FunctionRef<void()> check) const;

 private:
  client::Connections connections_;
};

}  // namespace detloss::python

#endif  // DETLOSS_CLIENT_PYTHON_NATIVE_TRANSPORT_H_
