// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// detloss_native: what carries calls of the Python package, over the C++ client's connections.

#include <grpcpp/create_channel.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/python/native/transport.h"

namespace detloss::python {
namespace {

namespace py = pybind11;

// The only thread that has signals.
unsigned long main_thread = 0;

// Errors of the interpreter, of which Ctrl-C is one, end the call. Other threads must not ask: at
// the end of the program the lock is not to be had.
void CheckSignals() {
  if (PyThread_get_thread_ident() != main_thread) return;
  const py::gil_scoped_acquire acquire;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

// Calls `work` without the lock of the interpreter.
template <typename Work>
auto WithoutLock(const Work& work) {
  const py::gil_scoped_release release;
  auto result = work();
  // Who waits for the lock now is unwound, which C++ does not survive: so this thread stays here
  // until the program has ended.
  while (_Py_IsFinalizing() && PyThread_get_thread_ident() != main_thread) pause();
  return result;
}

py::tuple Call(Transport& transport, const std::string& method,
               const std::vector<py::buffer>& parts, const Metadata& metadata, double timeout) {
  Outcome outcome;
  {
    // Objects that the transport has dropped by then are given back at the end, whatever that is.
    const Request::Reclaim reclaim;
    Request request;
    for (const py::buffer& part : parts) request.Append(part.ptr());
    outcome = WithoutLock(
        [&] { return transport.Call(method, request, metadata, timeout, CheckSignals); });
  }
  py::list trailers;
  for (const auto& [key, value] : outcome.trailers) {
    trailers.append(py::make_tuple(key, py::bytes(value)));
  }
  return py::make_tuple(outcome.code, outcome.message, trailers, std::move(outcome.answer));
}

void Wait(const Transport& transport, double seconds) {
  WithoutLock([&] {
    transport.Wait(seconds, CheckSignals);
    return true;
  });
}

// Where gRPC has its threads: in none that was forked from it.
pid_t process_of_transports = 0;

std::unique_ptr<Transport> MakeTransport(const std::string& address, bool encrypted,
                                         const std::string& ca, const std::string& certificate,
                                         const std::string& key) {
  process_of_transports = getpid();
  return std::make_unique<Transport>(address, encrypted, ca, certificate, key);
}

// At the end of the program. gRPC 1.51 destroys its event engine with the last channel, or up to a
// second later, with the timer of a connection that failed; with support for forks it needs a
// static list for that, which may be gone by then. A channel holds the engine, as `grpc_init` does
// not, so one is never destroyed.
void KeepEventEngine() {
  if (process_of_transports != getpid()) return;
  [[maybe_unused]] static const auto* const channel = new std::shared_ptr<grpc::Channel>(
      grpc::CreateChannel("localhost", grpc::InsecureChannelCredentials()));
}

}  // namespace

PYBIND11_MODULE(detloss_native, module) {
  main_thread =
      py::module_::import("threading").attr("main_thread")().attr("ident").cast<unsigned long>();
  py::module_::import("atexit").attr("register")(py::cpp_function(&KeepEventEngine));
  module.doc() = "The compiled transport of the package detloss.";
  py::class_<Answer>(module, "Answer", py::buffer_protocol()).def_buffer([](Answer& answer) {
    return py::buffer_info(answer.data(), 1, "B", static_cast<py::ssize_t>(answer.size()));
  });
  py::class_<Transport>(module, "Transport")
      .def(py::init(&MakeTransport), py::arg("address"), py::arg("encrypted"), py::arg("ca"),
           py::arg("certificate"), py::arg("key"))
      .def(
          "call", &Call, py::arg("method"), py::arg("parts"), py::arg("metadata"),
          py::arg("timeout"),
          "One attempt. Returns the code of the status, its message, the trailers, and the answer.")
      .def("wait", &Wait, py::arg("seconds"),
           "Waits before another attempt, but for a lost connection only until it is back.");
}

}  // namespace detloss::python
