// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_HEALTH_H_
#define DETLOSS_SERVER_HEALTH_H_

#include <mutex>
#include <string>
#include <unordered_set>

#include "grpc/health/v1/health.pb.h"

namespace detloss {

// What the health service answers.
using ServingStatus = grpc::health::v1::HealthCheckResponse::ServingStatus;

inline ServingStatus ServingStatusOf(bool serving) {
  return serving ? grpc::health::v1::HealthCheckResponse::SERVING
                 : grpc::health::v1::HealthCheckResponse::NOT_SERVING;
}

// Somebody who wants to hear of changes.
class HealthWatcher {
 public:
  // The status may have changed. Called with a lock held: must not call the health back.
  virtual void OnHealthChanged(bool serving) = 0;

 protected:
  ~HealthWatcher() = default;
};

// The health of the server, which is that of its service. Thread-safe.
class Health {
 public:
  // Tells all watchers.
  void Set(bool serving);

  // The status of a service; the empty name is the whole server.
  ServingStatus StatusOf(const std::string& service) const;

  // Tells the watcher how things are, and from then on of every change. A watcher must not be
  // deleted before Remove() has returned.
  void Add(HealthWatcher& watcher);
  void Remove(HealthWatcher& watcher);

 private:
  mutable std::mutex mutex_;  // guards what follows
  bool serving_ = false;
  std::unordered_set<HealthWatcher*> watchers_;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_HEALTH_H_
