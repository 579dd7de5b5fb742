package supervise

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSince plays what rotation does to a log after it was marked.
func TestSince(t *testing.T) {
	write := func(path, text string) {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
		require.NoError(t, err)
		_, err = f.WriteString(text)
		require.NoError(t, err)
		require.NoError(t, f.Close())
	}
	rename := func(from, to string) { require.NoError(t, os.Rename(from, to)) }
	tests := []struct {
		name  string
		first string // in the log before it is marked; "-": there is none
		then  func(log string)
		want  string
	}{
		{"appended", "old\n", func(log string) { write(log, "new\n") }, "new\n"},
		{"nothing new", "old\n", func(string) {}, ""},
		{"made later", "-", func(log string) { write(log, "new\n") }, "new\n"},
		{"never made", "-", func(string) {}, ""},
		{"copied and truncated", "old old\n", func(log string) {
			require.NoError(t, os.Truncate(log, 0))
			write(log, "new\n")
		}, "new\n"},
		{"renamed, still written to", "old\n", func(log string) {
			write(log, "one\n")
			rename(log, log+".1")
			write(log+".1", "two\n")
		}, "one\ntwo\n"},
		{"renamed, and a new one", "old\n", func(log string) {
			write(log, "one\n")
			rename(log, log+".1")
			write(log, "two\n")
		}, "one\ntwo\n"},
		{"renamed twice", "old\n", func(log string) {
			write(log, "one\n")
			rename(log, log+".2")
			write(log+".1", "lost between\n")
			write(log, "two\n")
		}, "one\ntwo\n"},
		{"compressed away", "old\n", func(log string) {
			write(log+".new", "two\n")
			require.NoError(t, os.Remove(log))
			rename(log+".new", log)
		}, "two\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			log := filepath.Join(t.TempDir(), "service.log")
			if tt.first != "-" {
				write(log, tt.first)
			}
			marks := marksOf([]string{log})
			tt.then(log)
			r, err := since(marks)
			require.NoError(t, err)
			got, err := io.ReadAll(r)
			require.NoError(t, err)
			require.NoError(t, r.Close())
			assert.Equal(t, tt.want, string(got))
		})
	}
}

func TestSince_severalAndUnknown(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a"), []byte("a\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "b"), []byte("b\n"), 0o600))
	r, err := since([]mark{{Path: filepath.Join(dir, "a")}, {Path: filepath.Join(dir, "b")}})
	require.NoError(t, err)
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	assert.Equal(t, "a\nb\n", string(got), "without a mark the whole file counts")
}

func TestTail(t *testing.T) {
	var out tail
	var want bytes.Buffer
	for i, size := range []int{10, MaxOutput - 5, 3, 5 * MaxOutput, MaxOutput, 1} {
		b := []byte(strings.Repeat(string(rune('a'+i)), size))
		n, err := out.Write(b)
		require.NoError(t, err)
		assert.Equal(t, size, n)
		want.Write(b)
		last := want.Bytes()[max(0, want.Len()-MaxOutput):]
		assert.True(t, bytes.Equal(last, out.bytes()), "after %d writes", i+1)
		assert.LessOrEqual(t, cap(out.buf), 5*MaxOutput, "what is kept is bounded")
	}
}
