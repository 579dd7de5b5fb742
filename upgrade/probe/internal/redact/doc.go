// Package redact takes credentials out of text that others wrote (log lines, command output, answers of an API) before it becomes
// evidence: user info in addresses, and the values of names that speak of passwords, secrets, tokens, keys and signatures. It removes too
// much rather than too little.
package redact
