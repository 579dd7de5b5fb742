package python

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// ConfigName is the file that makes a folder a virtual environment (PEP 405).
const ConfigName = "pyvenv.cfg"

// MaxConfig bounds a pyvenv.cfg, in bytes.
const MaxConfig = 64 << 10

// ReadConfig reads a pyvenv.cfg.
func ReadConfig(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	config, err := ParseConfig(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return config, nil
}

// ParseConfig reads the lines of a pyvenv.cfg as the site module does: key = value, keys in lower case, no quotes and no comments. What has no = is passed over; of a key
// that stands twice the last counts.
func ParseConfig(r io.Reader) (map[string]string, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxConfig+1))
	if err != nil {
		return nil, err
	}
	if len(b) > MaxConfig || !utf8.Valid(b) {
		return nil, fmt.Errorf("more than %d bytes, or not UTF-8", MaxConfig)
	}
	config := map[string]string{}
	for lines := bufio.NewScanner(strings.NewReader(string(b))); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), "="); ok {
			config[strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(value)
		}
	}
	return config, nil
}
