// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_TESTS_DOCS_WRITTEN_DOCUMENTS_H_
#define DETLOSS_TESTS_DOCS_WRITTEN_DOCUMENTS_H_

#include <string>
#include <vector>

namespace detloss {

// A document of which the code says all, or what stands between marks
// `<!-- x: written by bin/write_docs -->` and `<!-- end of x -->`.
struct WrittenDocument {
  std::string path;
  // What the whole document must hold.
  std::string text;
};

std::vector<WrittenDocument> WrittenDocuments();

}  // namespace detloss

#endif  // DETLOSS_TESTS_DOCS_WRITTEN_DOCUMENTS_H_
