//go:build tools

// Package main names the other programs built from this module, so that their requirements stay resolved.
package main

import (
	_ "github.com/fluxcd/kustomize-controller"
	_ "github.com/fluxcd/source-controller"
	_ "k8s.io/kube-state-metrics/v2"
)
