// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Computes the generalized IoU loss of two boxes, and its gradient.

import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { fileURLToPath } from 'node:url';

const definition = loadSync(
  ['detloss/v1/loss_service.proto', 'google/rpc/status.proto', 'google/rpc/error_details.proto'],
  {
    includeDirs: [fileURLToPath(new URL('../../../proto', import.meta.url))],
    keepCase: true,
    json: true, // unpacks the details of errors
  },
);
const { LossService } = grpc.loadPackageDefinition(definition).detloss.v1;

function boxes(...coordinates) {
  const data = Buffer.alloc(4 * coordinates.length);
  coordinates.forEach((coordinate, i) => data.writeFloatLE(coordinate, 4 * i));
  return { data_type: 'DATA_TYPE_FLOAT32', shape: [coordinates.length / 4, 4], data };
}

function numbers({ data }) {
  return Array.from({ length: data.length / 4 }, (_, i) => data.readFloatLE(4 * i));
}

function sixDigits(values) {
  return values.map((value) => Number(value.toPrecision(6))).join(' ');
}

function explain(error) {
  console.error(`${grpc.status[error.code]}: ${error.details}`);
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  if (!bytes) return; // the error is of gRPC itself
  for (const detail of definition['google.rpc.Status'].deserialize(bytes).details) {
    if (detail.reason) console.error(`reason ${detail.reason}`);
    for (const { field, description } of detail.field_violations ?? []) {
      console.error(`${field}: ${description}`);
    }
  }
}

const client = new LossService(
  process.argv[2] ?? '127.0.0.1:50051',
  grpc.credentials.createInsecure(),
  { 'grpc.max_receive_message_length': 2 ** 30 }, // a gradient is as large as its prediction
);
const term = { prediction: boxes(0, 0, 2, 2), target: boxes(1, 1, 3, 3), giou: {} };
const options = { deadline: Date.now() + 10_000 };

client.computeLoss({ terms: [term] }, options, (error, response) => {
  client.close();
  if (error) {
    explain(error);
    process.exitCode = 1;
    return;
  }
  const [{ loss, gradient }] = response.results;
  console.log(`loss ${sixDigits(numbers(loss))}, gradient ${sixDigits(numbers(gradient))}`);
});
