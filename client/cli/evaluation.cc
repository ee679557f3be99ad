// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/evaluation.h"

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/batches.h"
#include "client/cli/matching.h"

namespace detloss::cli {
namespace {

// One request and its answer.
struct Job {
  v1::LossFamily family;
  Batch batch;
  v1::ComputeLossResponse response;
};

// Hands out the jobs to threads and keeps the first error.
class Queue {
 public:
  Queue(size_t size, const EvaluationOptions& options) : size_(size), options_(options) {}

  // Calls `work` for every index, on several threads at a time, until one fails.
  absl::Status Run(const std::function<absl::Status(size_t)>& work) {
    {
      std::vector<std::jthread> threads;
      for (size_t i = 0; i < std::min(options_.requests_in_flight, size_); ++i) {
        threads.emplace_back([&] { Drain(work); });
      }
    }
    return status_;
  }

 private:
  void Drain(const std::function<absl::Status(size_t)>& work) {
    std::unique_lock lock(mutex_);
    while (status_.ok() && next_ < size_) {
      const size_t index = next_++;
      lock.unlock();
      const absl::Status status = work(index);
      lock.lock();
      status_.Update(status);
      ++done_;
      if (options_.progress) options_.progress(done_, size_);
    }
  }

  size_t size_;
  const EvaluationOptions& options_;
  std::mutex mutex_;
  size_t next_ = 0;
  size_t done_ = 0;
  absl::Status status_;
};

absl::Status CheckScores(const Dataset& dataset) {
  for (size_t i = 0; i < dataset.detections.size(); ++i) {
    const double score = dataset.detections[i].score;
    if (score < 0 || score > 1) {
      return absl::InvalidArgumentError(absl::StrCat(
          "detections[", i, "].score: classification losses require [0, 1], got ", score));
    }
  }
  return absl::OkStatus();
}

std::vector<std::string> NamesOf(const std::vector<SelectedLoss>& losses, v1::LossFamily family) {
  std::vector<std::string> names;
  for (const SelectedLoss& loss : losses) {
    if (loss.family == family) names.push_back(loss.name);
  }
  return names;
}

std::vector<Job> MakeJobs(const Dataset& dataset, const std::vector<Match>& matches,
                          const std::vector<SelectedLoss>& losses, size_t rows) {
  std::vector<Job> jobs;
  for (const v1::LossFamily family : {v1::LOSS_FAMILY_BOX, v1::LOSS_FAMILY_SIGMOID}) {
    if (NamesOf(losses, family).empty()) continue;
    for (Batch& batch : MakeBatches(dataset, matches, family, rows)) {
      jobs.push_back({family, std::move(batch), {}});
    }
  }
  return jobs;
}

absl::Status CheckResponse(const Job& job, size_t terms) {
  bool fits = std::cmp_equal(job.response.results_size(), terms);
  for (const v1::TermResult& result : job.response.results()) {
    fits &= std::cmp_equal(result.segment_loss_sums_size(), job.batch.size());
  }
  return fits ? absl::OkStatus()
              : absl::InternalError("the answer of the server does not fit the request");
}

class Tallies {
 public:
  Tallies(const Dataset& dataset, const std::vector<SelectedLoss>& losses) {
    for (const SelectedLoss& loss : losses) evaluation_.losses.push_back(loss.name);
    const Tally empty = {.losses = std::vector<LossSum>(losses.size())};
    evaluation_.total = empty;
    evaluation_.images.assign(dataset.images.size(), empty);
    evaluation_.categories.assign(dataset.categories.size(), empty);
  }

  void CountObjects(const Dataset& dataset, const std::vector<Match>& matches) {
    for (const Annotation& annotation : dataset.annotations) {
      Update(annotation.image, annotation.category, [](Tally& tally) { ++tally.annotations; });
    }
    for (size_t i = 0; i < matches.size(); ++i) {
      const Detection& detection = dataset.detections[i];
      Update(detection.image, detection.category, [&](Tally& tally) {
        ++tally.detections;
        if (matches[i].outcome == Outcome::kMatched) ++tally.matched;
      });
    }
  }

  // Adds the sums of a job to the losses of its family, which the response has in their order.
  void AddLosses(const Job& job, const std::vector<SelectedLoss>& losses) {
    int term = 0;
    for (size_t loss = 0; loss < losses.size(); ++loss) {
      if (losses[loss].family != job.family) continue;
      const auto& sums = job.response.results(term++).segment_loss_sums();
      for (size_t i = 0; i < job.batch.size(); ++i) {
        AddLoss(loss, job.batch[i], sums[static_cast<int>(i)]);
      }
    }
  }

  Evaluation Finish() && { return std::move(evaluation_); }

 private:
  void AddLoss(size_t loss, const Segment& segment, double sum) {
    Update(segment.image, segment.category, [&](Tally& tally) {
      tally.losses[loss].sum += sum;
      tally.losses[loss].count += static_cast<int64_t>(segment.detections.size());
    });
  }

  template <typename Change>
  void Update(size_t image, size_t category, Change change) {
    change(evaluation_.total);
    change(evaluation_.images[image]);
    change(evaluation_.categories[category]);
  }

  Evaluation evaluation_;
};

absl::Status Compute(const Dataset& dataset, const std::vector<Match>& matches,
                     const std::vector<SelectedLoss>& losses, const client::LossClient& client,
                     Job& job) {
  const std::vector<std::string> names = NamesOf(losses, job.family);
  const absl::StatusOr<v1::ComputeLossRequest> request =
      MakeRequest(dataset, matches, job.batch, job.family, names);
  if (!request.ok()) return request.status();
  absl::StatusOr<v1::ComputeLossResponse> response = client.ComputeLoss(*request);
  if (!response.ok()) return response.status();
  job.response = *std::move(response);
  return CheckResponse(job, names.size());
}

std::string NamesOf(const v1::ListLossesResponse& known) {
  return absl::StrJoin(known.losses(), ", ", [](std::string* out, const v1::LossDescription& loss) {
    out->append(loss.name());
  });
}

bool CanEvaluate(v1::LossFamily family) {
  return family == v1::LOSS_FAMILY_BOX || family == v1::LOSS_FAMILY_SIGMOID;
}

absl::StatusOr<SelectedLoss> SelectLoss(const std::string& name,
                                        const v1::ListLossesResponse& known) {
  const auto found = std::ranges::find(known.losses(), name, &v1::LossDescription::name);
  if (found == known.losses().end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no loss ", name, "; known: ", NamesOf(known)));
  }
  if (!CanEvaluate(found->family())) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " needs more than boxes and scores: it cannot be evaluated"));
  }
  return SelectedLoss{name, found->family()};
}

}  // namespace

absl::StatusOr<std::vector<SelectedLoss>> SelectLosses(const std::vector<std::string>& names,
                                                       const v1::ListLossesResponse& known) {
  std::vector<SelectedLoss> selected;
  for (const std::string& name : names) {
    const absl::StatusOr<SelectedLoss> loss = SelectLoss(name, known);
    if (!loss.ok()) return loss.status();
    if (std::ranges::count(names, name) > 1) {
      return absl::InvalidArgumentError(absl::StrCat("the loss ", name, " is given twice"));
    }
    selected.push_back(*loss);
  }
  if (!names.empty()) return selected;
  for (const v1::LossDescription& loss : known.losses()) {
    if (loss.family() == v1::LOSS_FAMILY_BOX) selected.push_back({loss.name(), loss.family()});
  }
  return selected;
}

absl::StatusOr<Evaluation> Evaluate(const Dataset& dataset, const std::vector<SelectedLoss>& losses,
                                    const client::LossClient& client,
                                    const EvaluationOptions& options) {
  if (!NamesOf(losses, v1::LOSS_FAMILY_SIGMOID).empty()) {
    const absl::Status status = CheckScores(dataset);
    if (!status.ok()) return status;
  }
  const std::vector<Match> matches = MatchDetections(dataset, options.iou_threshold);
  std::vector<Job> jobs = MakeJobs(dataset, matches, losses, options.rows_per_request);
  const absl::Status status = Queue(jobs.size(), options).Run([&](size_t i) {
    return Compute(dataset, matches, losses, client, jobs[i]);
  });
  if (!status.ok()) return status;
  Tallies tallies(dataset, losses);
  tallies.CountObjects(dataset, matches);
  // In the order of the jobs, so that the sums do not depend on which answer came first.
  for (const Job& job : jobs) tallies.AddLosses(job, losses);
  return std::move(tallies).Finish();
}

}  // namespace detloss::cli
