package indexconf

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// KeyringTimeout is how long keyring's command may take, as it may wait for its user.
const KeyringTimeout = 60 * time.Second

// maxPassword bounds what keyring's command may answer, in bytes.
const maxPassword = 64 << 10

// KeyringCommand asks keyring's command for a password, as pip and uv do: keyring get URL USER. What it writes is never shown. That it has none is no error.
func KeyringCommand(ctx context.Context, service, user string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, KeyringTimeout)
	defer cancel()
	return runKeyring(ctx, service, user)
}

func runKeyring(ctx context.Context, service, user string) (string, error) {
	out := &bounded{limit: maxPassword}
	cmd := exec.CommandContext(ctx, "keyring", "get", service, user)
	cmd.Env = append(cmd.Environ(), "PYTHONIOENCODING=utf-8")
	cmd.Stdout = out
	cmd.WaitDelay = time.Second // what it started may hold its output open
	err := cmd.Run()
	var refused *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("keyring did not answer: %w", ctx.Err())
	case errors.As(err, &refused):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("keyring was asked for: %w", err)
	}
	return strings.TrimRight(string(out.text), "\r\n"), nil
}

// bounded keeps what is written, and refuses more than its limit.
type bounded struct {
	text  []byte
	limit int
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(b.text)+len(p) > b.limit {
		return 0, errors.New("it answers too much")
	}
	b.text = append(b.text, p...)
	return len(p), nil
}
