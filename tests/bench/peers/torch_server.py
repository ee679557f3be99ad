# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""A service of losses as one writes it in an afternoon: grpcio around torch.

    torch_server.py WORKERS THREADS

serves on a free port of 127.0.0.1 with that many requests at a time, each on that many threads, and
prints its address as detlossd does. The method /torch/LOSS takes the bytes of the prediction and
then of the target, both FLOAT32, and answers with those of the loss and then of the gradient.
"""

import concurrent.futures
import json
import sys
import warnings

import grpc
import numpy
import torch

from torch_losses import BOX_LOSSES, LOSSES, compute


def answer(loss, request):
    numbers = torch.from_numpy(numpy.frombuffer(request, numpy.float32))
    prediction, target = numbers.reshape(2, -1, 4) if loss in BOX_LOSSES else numbers.reshape(2, -1)
    value, gradient = compute(loss, prediction, target)
    return b"".join((value.numpy().data, gradient.numpy().data))


def handler(loss):
    return grpc.unary_unary_rpc_method_handler(lambda request, _context: answer(loss, request))


def main(workers, threads):
    warnings.filterwarnings("ignore", message=".*not writable")
    torch.set_num_threads(threads)
    server = grpc.server(
        concurrent.futures.ThreadPoolExecutor(workers),
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)])
    methods = {loss: handler(loss) for loss in LOSSES if loss != "cross_entropy"}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("torch", methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(json.dumps({"event": "serving", "addresses": [f"127.0.0.1:{port}"]}), flush=True)
    server.wait_for_termination()


main(int(sys.argv[1]), int(sys.argv[2]))
