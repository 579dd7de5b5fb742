package deploy

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	tokenTime = time.Minute     // for the command
	tokenGood = 5 * time.Minute // a token is asked for anew after that
	maxToken  = 16 << 10        // bytes: signed ones are long
)

var standardPort = map[string]string{"http": "80", "https": "443"}

var errToken = errors.New("it printed no token")

// token is a token that a command prints, kept for a while. It is given to the APIs' hosts alone.
type token struct {
	argv []string
	urls []string

	mu    sync.Mutex
	value string
	asked time.Time
}

// get is a probe.AuthFunc.
func (t *token) get(ctx context.Context, host string) (string, error) {
	known := slices.ContainsFunc(t.urls, func(text string) bool {
		u, err := url.Parse(text)
		return err == nil && (u.Host == host || u.Port() == standardPort[u.Scheme] && u.Hostname() == host)
	})
	if !known {
		return "", fmt.Errorf("no token is given to %s", host)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.value != "" && time.Since(t.asked) < tokenGood {
		return t.value, nil
	}
	value, err := t.ask(ctx)
	if err != nil {
		return "", fmt.Errorf("verify.api.token: %s: %w", filepath.Base(t.argv[0]), err)
	}
	t.value, t.asked = value, time.Now()
	return value, nil
}

// ask runs the command, whose output is never shown.
func (t *token) ask(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, tokenTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, t.argv[0], t.argv[1:]...)
	cmd.WaitDelay = time.Second
	out := &short{}
	cmd.Stdout = out
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", err
	}
	value := strings.TrimSpace(string(out.b))
	if value == "" || len(value) >= maxToken || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", errToken
	}
	return value, nil
}

// short keeps the first maxToken bytes.
type short struct{ b []byte }

func (s *short) Write(p []byte) (int, error) {
	s.b = append(s.b, p[:min(len(p), maxToken-len(s.b))]...)
	return len(p), nil
}
