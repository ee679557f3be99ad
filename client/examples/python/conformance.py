# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the golden requests against servers: `conformance.py GOLDEN_DIRECTORY NAME=ADDRESS...`.

Over stubs as protoc makes them; tests/golden/README.md says what is compared.
"""

import base64
import json
import pathlib
import sys

import grpc
from google.protobuf import json_format

from detloss.v1 import loss_service_pb2 as api
from google.rpc import error_details_pb2, status_pb2

TYPES = {
    "ComputeLoss": (api.ComputeLossRequest, api.ComputeLossResponse),
    "StreamComputeLoss": (api.StreamComputeLossRequest, api.StreamComputeLossResponse),
    "ListLosses": (api.ListLossesRequest, api.ListLossesResponse),
    "GetServerInfo": (api.GetServerInfoRequest, api.GetServerInfoResponse),
}
_TIMEOUT = 60  # seconds


def outcome(case, channel):
    """What becomes of a case: the members `responses`, or `error` and perhaps `retry_delay`."""
    try:
        messages = _call(case, channel)
    except grpc.RpcError as error:
        return _outcome_of(error)
    for message in messages:
        _drop_what_varies(message)
    messages.sort(key=lambda message: getattr(message, "id", 0))
    return {"responses": [_to_json(message) for message in messages]}


def _call(case, channel):
    """Every message that comes back."""
    request_type, response_type = TYPES[case["method"]]
    requests = [json_format.ParseDict(request, request_type()).SerializeToString()
                for request in case.get("requests", ())]
    if "raw_request" in case:
        requests = [base64.b64decode(case["raw_request"])]
    path = f"/detloss.v1.LossService/{case['method']}"
    options = {"metadata": tuple(case.get("metadata", {}).items()), "timeout": _TIMEOUT}
    if case["method"].startswith("Stream"):
        call = channel.stream_stream(path, response_deserializer=response_type.FromString)
        return list(call(iter(requests), **options))
    call = channel.unary_unary(path, response_deserializer=response_type.FromString)
    return [call(requests[0], **options)]


def _drop_what_varies(message):
    if isinstance(message, api.ComputeLossResponse):
        message.ClearField("timing")
    elif isinstance(message, api.StreamComputeLossResponse):
        if message.HasField("response"):  # to look into it would set it
            message.response.ClearField("timing")
    elif isinstance(message, api.GetServerInfoResponse):
        for field in ("version", "simd_target", "compute_threads"):
            message.ClearField(field)


def _outcome_of(error):
    """The status and its details, as `detloss.v1.Error`."""
    described = api.Error(code=error.code().value[0], message=error.details())
    result = {}
    trailers = dict(error.trailing_metadata() or ())
    for detail in status_pb2.Status.FromString(
            trailers.get("grpc-status-details-bin", b"")).details:
        info, wrong, retry = (error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(),
                              error_details_pb2.RetryInfo())
        if detail.Unpack(info) and info.domain == "detloss":
            described.reason = info.reason
        elif detail.Unpack(wrong):
            for violation in wrong.field_violations:
                described.field_violations.add(field=violation.field,
                                               description=violation.description)
        elif detail.Unpack(retry):
            result["retry_delay"] = retry.retry_delay.ToNanoseconds() > 0
    return {"error": _to_json(described), **result}


def _to_json(message):
    """In the JSON of protobuf all NaN are the same word, and bytes and numbers are exact."""
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def difference(case, channel):
    """What is wrong with the answer to a case; empty if nothing is."""
    got = outcome(case, channel)
    expected = {member: case[member] for member in ("responses", "error", "retry_delay")
                if member in case}
    if "error" in got and "message" not in expected.get("error", {"message": ""}):
        del got["error"]["message"]
    # Through text: 1 and 1.0 are the same number, -0.0 and 0.0 are not.
    if _canonical(got, case["method"]) == _canonical(expected, case["method"]):
        return ""
    return f"expected {json.dumps(expected)}, got {json.dumps(got)}"


def _canonical(members, method):
    response_type = TYPES[method][1]
    responses = [_to_json(json_format.ParseDict(response, response_type()))
                 for response in members.get("responses", ())]
    return json.dumps({**members, "responses": responses}, sort_keys=True)


def read_cases(directory):
    return [case for path in sorted(pathlib.Path(directory).glob("*.json"))
            for case in json.loads(path.read_text())]


def open_channels(arguments):
    """Channels by the name of the server."""
    addresses = (argument.split("=", 1) for argument in arguments)
    options = [("grpc.max_receive_message_length", -1)]
    return {name: grpc.insecure_channel(address, options) for name, address in addresses}


def main():
    cases, channels = read_cases(sys.argv[1]), open_channels(sys.argv[2:])
    failures = 0
    for case in cases:
        wrong = difference(case, channels[case.get("server", "open")])
        if wrong:
            failures += 1
            print(f"{case['name']}: {wrong}")
    print(f"{len(cases) - failures} of {len(cases)} cases")
    sys.exit(failures > 0 or not cases)


if __name__ == "__main__":
    main()
