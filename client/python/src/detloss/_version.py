# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0

VERSION = "0.1.0"
