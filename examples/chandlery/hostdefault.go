package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/chandlery-go/chandlery/examples/internal/indexconf"
	"github.com/chandlery-go/chandlery/internal/durable"
)

const (
	// defaultIndexFile lies in the folder of the cache.
	defaultIndexFile = "default-index.json"
	// defaultIndexLife is how long the installed pip's word counts: another pip may come where the interpreter stays the same.
	defaultIndexLife = 24 * time.Hour
	maxDefaultIndex  = 16 << 10
)

// defaultIndex is what the installed pip said.
type defaultIndex struct {
	Python string    `json:"python"` // whom was asked
	URL    string    `json:"url"`
	At     time.Time `json:"at"`
}

// pipDefault asks the installed pip for its index, or the cache's folder for what it said: it takes a tenth of a second to say it.
func pipDefault(cache string, fresh bool, ask func(context.Context) (string, error)) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		file, python := filepath.Join(cache, defaultIndexFile), pythonOnPath()
		if known, ok := recallDefault(file); ok && !fresh && python != "" && known.Python == python && time.Since(known.At).Abs() < defaultIndexLife {
			return known.URL, nil
		}
		url, err := ask(ctx)
		if err != nil || python == "" {
			return url, err
		}
		if b, err := durable.MarshalRecord(1, defaultIndex{python, url, time.Now()}); err == nil {
			_ = durable.WritePath(file, b, 0o644) // the answer counts, not the cache
		}
		return url, nil
	}
}

func recallDefault(file string) (defaultIndex, bool) {
	var known defaultIndex
	f, err := os.Open(file)
	if err != nil {
		return known, false
	}
	defer f.Close()
	b, err := durable.ReadAtMost(f, maxDefaultIndex)
	return known, err == nil && durable.UnmarshalRecord(b, 1, &known) == nil
}

// pythonOnPath tells the interpreter that is asked from every other; "" where there is none.
func pythonOnPath() string {
	for _, name := range indexconf.Pythons() {
		file, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if st, err := os.Stat(file); err == nil {
			return fmt.Sprint(file, " ", st.Size(), " ", st.ModTime().UnixNano())
		}
	}
	return ""
}
