# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Calls to servers, as the load client makes them."""

METHOD = "/detloss.v1.LossService/ComputeLoss"
INFO_METHOD = "/detloss.v1.LossService/GetServerInfo"


def detloss(programs, server, transport, outstanding, seconds, case):
    """A measurement of a detlossd: of a loss, or of a call without a payload."""
    return lambda: programs.load().ask(
        address=getattr(server, transport), method=METHOD if "loss" in case else INFO_METHOD,
        outstanding=outstanding, seconds=seconds, **case)


def echo(programs, transport, outstanding, seconds, case):
    """The same bytes to and from the echo as to and from detlossd."""
    server, daemon = programs.echo(), programs.daemon()
    reply = detloss(programs, daemon, transport, outstanding, 0, case)()["bytes_out"]
    return lambda: programs.load().ask(
        address=getattr(server, transport), method=f"/echo/{reply}", outstanding=outstanding,
        seconds=seconds, **case)


def torch(programs, server, outstanding, seconds, case):
    return lambda: programs.load().ask(
        address=server.tcp, method=f"/torch/{case['loss']}", raw=True, outstanding=outstanding,
        seconds=seconds, **case)


def torch_servers(programs, cores):
    """The Python service in the settings that may be the best. Name to server."""
    return {
        "default": programs.torch_server(2, 1, tuned=False),
        "tuned": programs.torch_server(2, 1, tuned=True),
        "tuned, all threads": programs.torch_server(1, cores, tuned=True),
    }


def focal(elements=1 << 20, **more):
    return {"loss": "sigmoid_focal", "elements": elements, **more}


def ciou(boxes=1 << 18):
    return {"loss": "ciou", "elements": 4 * boxes}


def cross_entropy(rows):
    """Of COCO's classes."""
    return {"loss": "cross_entropy", "elements": 80 * rows, "target": "INT64"}


def of_payload(payload):
    """A cheap loss whose request has about that many bytes: prediction and target, FLOAT32."""
    return {"loss": "smooth_l1", "elements": payload // 8} if payload else {}
