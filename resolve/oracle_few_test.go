//go:build !slow

package resolve_test

// defaultRegistries is how many registries an ordinary run compares.
const defaultRegistries = 3000
