# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""What `typing` has in newer versions of Python only."""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Unpack
elif sys.version_info >= (3, 11):
    from typing import Unpack
else:
    class Unpack:
        """The options themselves, for who resolves annotations."""

        def __class_getitem__(cls, options: Any) -> Any:
            return options

__all__ = ["Unpack"]
