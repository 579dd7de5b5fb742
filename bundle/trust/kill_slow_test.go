//go:build slow

package trust_test

const killStep = 1
