#!/bin/sh
# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0

# Generates detlossv1/, the stubs of the API, with the generators that go.mod pins.
set -eu
cd "$(dirname "$0")"

GOBIN=$PWD/.bin go install tool
mkdir -p detlossv1
# Every file is in one package, so that all there is to do about go_package is to take it off the
# paths of what is written.
PATH=$PWD/.bin:$PATH protoc --proto_path=../../../proto \
  --go_out=detlossv1 --go_opt=module=detloss.dev/proto/detloss/v1 \
  --go-grpc_out=detlossv1 --go-grpc_opt=module=detloss.dev/proto/detloss/v1 \
  ../../../proto/detloss/v1/*.proto
