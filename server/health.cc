// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/health.h"

#include "detloss/v1/loss_service.grpc.pb.h"

namespace detloss {

void Health::Set(bool serving) {
  const std::lock_guard lock(mutex_);
  serving_ = serving;
  for (HealthWatcher* watcher : watchers_) watcher->OnHealthChanged(serving);
}

ServingStatus Health::StatusOf(const std::string& service) const {
  if (!service.empty() && service != v1::LossService::service_full_name()) {
    return grpc::health::v1::HealthCheckResponse::SERVICE_UNKNOWN;
  }
  const std::lock_guard lock(mutex_);
  return ServingStatusOf(serving_);
}

void Health::Add(HealthWatcher& watcher) {
  const std::lock_guard lock(mutex_);
  watchers_.insert(&watcher);
  watcher.OnHealthChanged(serving_);
}

void Health::Remove(HealthWatcher& watcher) {
  const std::lock_guard lock(mutex_);
  watchers_.erase(&watcher);
}

}  // namespace detloss
