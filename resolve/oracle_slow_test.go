//go:build slow

package resolve_test

// defaultRegistries is how many registries the slow suite compares.
const defaultRegistries = 100_000
