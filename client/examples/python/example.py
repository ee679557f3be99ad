# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Computes the GIoU loss of one box and its gradient: `example.py [ADDRESS]`."""

import sys

import detloss
import numpy as np

address = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50051"
prediction = np.array([[0, 0, 2, 2]], np.float32)
target = np.array([[1, 1, 3, 3]], np.float32)

with detloss.connect(address) as client:
    try:
        result = client.compute(detloss.giou(prediction, target))
    except detloss.Error as error:
        wrong = (f"\n  {field}: {description}" for field, description in error.field_violations)
        sys.exit(str(error) + "".join(wrong))

print(f"loss {result.loss:.6g}, gradient", *(f"{g:.6g}" for g in result.gradient[0]))
