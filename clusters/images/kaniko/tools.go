//go:build tools

// Package main names the program built from this module, so that its requirements stay resolved.
package main

import _ "github.com/chainguard-dev/kaniko/cmd/executor"
