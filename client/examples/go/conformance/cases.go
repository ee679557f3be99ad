// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// goldenCase is one case, with its messages as they are in the file.
type goldenCase struct {
	Name       string            `json:"name"`
	Server     string            `json:"server"`
	Metadata   map[string]string `json:"metadata"`
	Method     string            `json:"method"`
	Requests   []json.RawMessage `json:"requests"`
	RawRequest *[]byte           `json:"raw_request"`
	Responses  []json.RawMessage `json:"responses"`
	Error      json.RawMessage   `json:"error"`
	RetryDelay bool              `json:"retry_delay"`
}

func (c *goldenCase) server() string {
	if c.Server == "" {
		return "open"
	}
	return c.Server
}

// readCases reads every file of directory in the order of the names.
func readCases(directory string) ([]*goldenCase, error) {
	files, err := filepath.Glob(filepath.Join(directory, "*.json"))
	if err != nil {
		return nil, err
	}
	var cases []*goldenCase
	for _, file := range files {
		more, err := readFile(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		cases = append(cases, more...)
	}
	// Without this a directory that is not the right one would pass.
	if len(cases) == 0 {
		return nil, fmt.Errorf("%s: no .json file with a case", directory)
	}
	return cases, nil
}

func readFile(name string) ([]*goldenCase, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	decoder := json.NewDecoder(file)
	// What this client does not know it would not check.
	decoder.DisallowUnknownFields()
	var cases []*goldenCase
	if err := decoder.Decode(&cases); err != nil {
		return nil, err
	}
	return cases, nil
}

// parse reads messages of the type of kind.
func parse(kind proto.Message, texts []json.RawMessage) ([]proto.Message, error) {
	messages := make([]proto.Message, len(texts))
	for i, text := range texts {
		messages[i] = newLike(kind)
		if err := protojson.Unmarshal(text, messages[i]); err != nil {
			return nil, fmt.Errorf("message %d of the case: %w", i, err)
		}
	}
	return messages, nil
}

func newLike(kind proto.Message) proto.Message {
	return kind.ProtoReflect().New().Interface()
}
