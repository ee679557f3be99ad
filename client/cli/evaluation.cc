// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/evaluation.h"

#include <utility>

#include "absl/strings/str_cat.h"
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

// Adds the sums of a job to the losses of its family, which the response has in their order.
void AddLosses(const Job& job, const std::vector<SelectedLoss>& losses, Tallies& tallies) {
  int term = 0;
  for (size_t loss = 0; loss < losses.size(); ++loss) {
    if (losses[loss].family != job.family) continue;
    const auto& sums = job.response.results(term++).segment_loss_sums();
    for (size_t i = 0; i < job.batch.size(); ++i) {
      tallies.AddLoss(loss, job.batch[i], sums[static_cast<int>(i)]);
    }
  }
}

std::vector<std::string> NamesOf(const std::vector<SelectedLoss>& losses) {
  std::vector<std::string> names;
  for (const SelectedLoss& loss : losses) names.push_back(loss.name);
  return names;
}

}  // namespace

absl::StatusOr<Evaluation> Evaluate(const Dataset& dataset, const std::vector<SelectedLoss>& losses,
                                    const client::LossClient& client,
                                    const EvaluationOptions& options) {
  if (!NamesOf(losses, v1::LOSS_FAMILY_SIGMOID).empty()) {
    const absl::Status status = CheckScores(dataset);
    if (!status.ok()) return status;
  }
  const std::vector<Match> matches = MatchDetections(dataset, options.iou_threshold);
  std::vector<Job> jobs = MakeJobs(dataset, matches, losses, options.rows_per_request);
  const absl::Status status =
      JobQueue(jobs.size(), options.progress).Run(options.requests_in_flight, [&](size_t i) {
        return Compute(dataset, matches, losses, client, jobs[i]);
      });
  if (!status.ok()) return status;
  Tallies tallies(dataset, NamesOf(losses));
  tallies.CountObjects(dataset, matches);
  // In the order of the jobs, so that the sums do not depend on which answer came first.
  for (const Job& job : jobs) AddLosses(job, losses, tallies);
  return std::move(tallies).Finish();
}

}  // namespace detloss::cli
