// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_TESTS_DOCS_PYTHON_TEXT_H_
#define DETLOSS_TESTS_DOCS_PYTHON_TEXT_H_

#include <string>

namespace detloss {

// What client/python/src/detloss/_losses.py must hold: one function for each loss, from the rows
// of the registry.
std::string PythonLossesText();

// What client/python/src/detloss/torch/_modules.py must hold: one module for each loss.
std::string PythonModulesText();

// What client/python/src/detloss/_api.py must hold: the descriptors of the API.
std::string PythonApiText();

}  // namespace detloss

#endif  // DETLOSS_TESTS_DOCS_PYTHON_TEXT_H_
