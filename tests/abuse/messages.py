# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The messages of the API, from the descriptors that the build has made of proto/."""

import os
import pathlib

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory


def _read_pool():
    files = descriptor_pb2.FileDescriptorSet.FromString(
        pathlib.Path(os.environ["DETLOSS_MESSAGES"]).read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return pool


_POOL = _read_pool()
_FACTORY = message_factory.MessageFactory(_POOL)


def message(name):
    """The class of a message: message("detloss.v1.ComputeLossRequest")."""
    return _FACTORY.GetPrototype(_POOL.FindMessageTypeByName(name))


Request = message("detloss.v1.ComputeLossRequest")
Response = message("detloss.v1.ComputeLossResponse")
ItemResponse = message("detloss.v1.StreamComputeLossResponse")
_Status = message("google.rpc.Status")
_ErrorInfo = message("google.rpc.ErrorInfo")
_BadRequest = message("google.rpc.BadRequest")


def details(trailers):
    """The reason and the wrong fields, from what a failed call carries."""
    reason, fields = "", []
    status = _Status.FromString(dict(trailers).get("grpc-status-details-bin", b""))
    for detail in status.details:
        if detail.type_url.endswith("ErrorInfo"):
            reason = _ErrorInfo.FromString(detail.value).reason
        if detail.type_url.endswith("BadRequest"):
            violations = _BadRequest.FromString(detail.value).field_violations
            fields = [violation.field for violation in violations]
    return reason, fields
