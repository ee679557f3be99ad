// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Runs the golden requests of tests/golden against servers.
//
// usage: node conformance.js DIRECTORY SERVER=ADDRESS...

import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';

// With these options a message is an object as in the JSON of protobuf, and fields that have their
// default value are never left out: equal messages are equal objects.
const definition = loadSync(
  ['detloss/v1/loss_service.proto', 'google/rpc/status.proto', 'google/rpc/error_details.proto'],
  {
    includeDirs: [fileURLToPath(new URL('../../../proto', import.meta.url))],
    keepCase: true,
    longs: String,
    enums: String,
    bytes: String,
    defaults: true,
    json: true,
  },
);
const service = definition['detloss.v1.LossService'];
const CALL_TIMEOUT_MS = 60_000;

// Makes a call of any method with requests that are serialized already, and resolves to all of its
// responses.
function call(client, method, requests, metadata) {
  const parameters = [method.path, (bytes) => bytes, method.responseDeserialize];
  const options = { deadline: Date.now() + CALL_TIMEOUT_MS };
  return new Promise((resolve, reject) => {
    if (!method.requestStream) {
      client.makeUnaryRequest(...parameters, requests[0], metadata, options, (error, response) =>
        error ? reject(error) : resolve([response]),
      );
      return;
    }
    const stream = client.makeBidiStreamRequest(...parameters, metadata, options);
    const responses = [];
    stream.on('data', (response) => responses.push(response));
    stream.on('error', reject);
    stream.on('end', () => resolve(responses));
    for (const request of requests) stream.write(request);
    stream.end();
  });
}

// The details that a failed call carries, by the name of their type.
function detailsOf(error) {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  if (!bytes) return {};
  const { details } = definition['google.rpc.Status'].deserialize(bytes);
  return Object.fromEntries(details.map((detail) => [detail['@type'].split('/').pop(), detail]));
}

function hasDelay({ retry_delay: delay }) {
  return delay !== null && (Number(delay.seconds) > 0 || delay.nanos > 0);
}

// What is compared of a failed call.
function failure(error) {
  const details = detailsOf(error);
  const retryInfo = details['google.rpc.RetryInfo'];
  const info = details['google.rpc.ErrorInfo'];
  return {
    error: {
      code: error.code,
      message: error.details,
      reason: info?.domain === 'detloss' ? info.reason : '',
      field_violations: (details['google.rpc.BadRequest']?.field_violations ?? []).map(
        ({ field, description }) => ({ field, description }),
      ),
    },
    retry_delay: retryInfo !== undefined && (hasDelay(retryInfo) || 'not greater than 0'),
  };
}

// What is compared of the response: all but what depends on the machine and the moment.
function comparable(method, response) {
  if (method === service.GetServerInfo) return { limits: response.limits };
  if ('timing' in response) return { ...response, timing: null };
  if (response.response) return { ...response, response: { ...response.response, timing: null } };
  return response;
}

function success(method, responses) {
  // `id` is 64 bits wide, more than a number holds.
  const byId = (a, b) => Number(BigInt(a.id) > BigInt(b.id)) - Number(BigInt(a.id) < BigInt(b.id));
  const ordered = method.responseStream ? [...responses].sort(byId) : responses;
  return { responses: ordered.map((response) => comparable(method, response)) };
}

// Gives all fields of the message to an object from a golden file.
function complete({ serialize, deserialize }, object) {
  return deserialize(serialize(object));
}

function expectedOutcome(method, golden) {
  if (golden.error) {
    const error = complete(definition['detloss.v1.Error'], golden.error);
    return { error, retry_delay: golden.retry_delay ?? false };
  }
  return success(
    method,
    golden.responses.map((response) => complete(method.responseType, response)),
  );
}

async function actualOutcome(client, method, golden) {
  const requests = golden.requests
    ? golden.requests.map(method.requestSerialize)
    : [Buffer.from(golden.raw_request, 'base64')];
  const metadata = new grpc.Metadata();
  for (const [key, value] of Object.entries(golden.metadata ?? {})) metadata.set(key, value);
  try {
    return success(method, await call(client, method, requests, metadata));
  } catch (error) {
    if (!(error.metadata instanceof grpc.Metadata)) throw error; // not the status of a call
    return failure(error);
  }
}

function show(value) {
  const limits = { depth: 5, maxArrayLength: 20, maxStringLength: 200 };
  return inspect(value, { breakLength: Infinity, compact: true, ...limits });
}

// Says where two values first differ, or returns undefined. Object.is tells numbers apart by their
// bits, of which those of NaN are all the same.
function difference(path, expected, actual) {
  if (Object.is(expected, actual)) return undefined;
  if (![expected, actual].every((value) => typeof value === 'object' && value !== null)) {
    return `${path.slice(1)}: expected ${show(expected)}, got ${show(actual)}`;
  }
  for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    const inner = Array.isArray(expected) ? `${path}[${key}]` : `${path}.${key}`;
    const found = difference(inner, expected[key], actual[key]);
    if (found) return found;
  }
  return undefined;
}

function compare(expected, actual) {
  if (!expected.error && actual.error) return `the call failed with ${show(actual.error)}`;
  if (expected.error && !actual.error) {
    return `the call succeeded instead of failing with ${show(expected.error)}`;
  }
  // A message that depends on the moment is not expected.
  if (expected.error?.message === '') actual.error.message = '';
  return difference('', expected, actual);
}

// Runs one case, and says what differs from what is expected, if anything does.
async function run(clients, golden) {
  try {
    const server = golden.server ?? 'open';
    const client = clients.get(server);
    if (!client) return `the address of the server ${server} was not given`;
    const method = service[golden.method];
    if (!method) return `there is no method ${golden.method}`;
    return compare(expectedOutcome(method, golden), await actualOutcome(client, method, golden));
  } catch (error) {
    return String(error); // a case that cannot run must not keep the others from running
  }
}

function connect(address) {
  return new grpc.Client(address, grpc.credentials.createInsecure(), {
    'grpc.max_receive_message_length': 2 ** 30,
  });
}

function readCases(directory) {
  const names = readdirSync(directory).filter((name) => name.endsWith('.json'));
  return names.sort().flatMap((name) => {
    try {
      return JSON.parse(readFileSync(join(directory, name), 'utf8'));
    } catch (error) {
      throw new Error(`${join(directory, name)}: ${error.message}`);
    }
  });
}

async function main([directory, ...servers]) {
  if (servers.length === 0 || !servers.every((server) => /^[^=]+=./.test(server))) {
    console.error('usage: node conformance.js DIRECTORY SERVER=ADDRESS...');
    return 2;
  }
  const cases = readCases(directory);
  const clients = new Map(
    servers.map((server) => server.split(/=(.*)/s, 2)).map(([name, to]) => [name, connect(to)]),
  );
  let passed = 0;
  for (const golden of cases) {
    const differs = await run(clients, golden);
    if (differs) console.log(`${golden.name}: ${differs}`);
    else passed++;
  }
  for (const client of clients.values()) client.close();
  console.log(`${passed} of ${cases.length} cases`);
  return passed === cases.length && passed > 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
