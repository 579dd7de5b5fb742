package oslolog

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func read(t *testing.T, log string) []Record {
	t.Helper()
	var all []Record
	for r, err := range Records(strings.NewReader(log)) {
		require.NoError(t, err)
		all = append(all, r)
	}
	return all
}

const head = "2026-11-22 17:37:32.177 8711 ERROR cinder.volume.manager "

func TestRecords(t *testing.T) {
	chained := head + "[None req-1 - - - - - -] Failed to initialize driver.: a.B: outer\n" +
		head + "Traceback (most recent call last):\n" +
		head + `  File "/x/cfg.py", line 2876, in _get` + "\n" +
		head + "    raise NoSuchOptError(name, group)\n" +
		head + "    ^^^^^^^^^^^^^^^^^^^^^^^^\n" +
		head + "oslo_config.cfg.NoSuchOptError: no such option x in group [y]\n" +
		head + "\n" +
		head + "During handling of the above exception, another exception occurred:\n" +
		head + "\n" +
		head + "Traceback (most recent call last):\n" +
		head + `  File "/x/acme.py", line 219, in do_setup` + "\n" +
		head + "    raise B(data=msg)\n" +
		head + "a.B: outer\n" +
		head + "Command: x\n"
	tests := []struct {
		name, log string
		want      []Record
	}{
		{"messages", "2026-11-22 17:37:32.177 1 INFO a.b [-] one\n2026-11-22 17:37:32 1 WARNING a.b [req-1 - -] [instance: 7] two\r\n", []Record{
			{Line: 1, Level: "INFO", Logger: "a.b", Message: "one"}, {Line: 2, Level: "WARNING", Logger: "a.b", Message: "two"}}},
		{"a message of several lines", "2026-11-22 17:37:32.177 1 ERROR a.b [-] one\nCommand: x\nExit code: 1\n", []Record{{Line: 1, Level: "ERROR", Logger: "a.b", Message: "one\nCommand: x\nExit code: 1"}}},
		{"a format without context", "2026-11-22 17:37:32.177 1 ERROR a.b one\n", []Record{{Line: 1, Level: "ERROR", Logger: "a.b", Message: "one"}}},
		{"an exception's text in brackets is no context", head + "[-] a\n" + head + "Traceback (most recent call last):\n" + head + "  File \"/x\", line 1, in f\n" + head + "E: b\n" + head + "[Errno 2] c\n",
			[]Record{{Line: 1, Level: "ERROR", Logger: "cinder.volume.manager", Message: "a", Chain: []Exception{{Type: "E", Message: "b\n[Errno 2] c", Frames: []Frame{{"/x", "f", ""}}}}}}},
		{"a chain", chained, []Record{{Line: 1, Level: "ERROR", Logger: "cinder.volume.manager", Message: "Failed to initialize driver.: a.B: outer", Chain: []Exception{
			{"oslo_config.cfg.NoSuchOptError", "no such option x in group [y]", []Frame{{"/x/cfg.py", "_get", "raise NoSuchOptError(name, group)"}}},
			{"a.B", "outer\nCommand: x", []Frame{{"/x/acme.py", "do_setup", "raise B(data=msg)"}}}}}}},
		{"a traceback whose begin is cut off", head + "    f(x)\n" + head + "  File \"/y\", line 1, in g\n" + head + "E: b\n",
			[]Record{{Line: 1, Level: "ERROR", Logger: "cinder.volume.manager", Chain: []Exception{{Type: "E", Message: "b", Frames: []Frame{{"/y", "g", ""}}}}}}},
		{"a bare traceback", "Traceback (most recent call last):\n  File \"/y\", line 1, in g\n    h()\nModuleNotFoundError: No module named 'x'\n\nnext\n",
			[]Record{{Line: 1, Chain: []Exception{{"ModuleNotFoundError", "No module named 'x'", []Frame{{"/y", "g", "h()"}}}}}, {Line: 6, Message: "next"}}},
		{"a bare traceback after a message, of which it may be a part", "2026-11-22 17:37:32.177 1 INFO a.b [-] one\nTraceback (most recent call last):\n  File \"/y\", line 1, in g\nA: b\n", []Record{
			{Line: 1, Level: "INFO", Logger: "a.b", Message: "one"}, {Line: 2, Within: true, Chain: []Exception{{"A", "b", []Frame{{"/y", "g", ""}}}}}}},
		{"two bare tracebacks", "Traceback (most recent call last):\n  File \"/y\", line 1, in g\nA: b\nTraceback (most recent call last):\n  File \"/z\", line 1, in g\nKeyboardInterrupt\n",
			[]Record{{Line: 1, Chain: []Exception{{"A", "b", []Frame{{"/y", "g", ""}}}, {"KeyboardInterrupt", "", []Frame{{"/z", "g", ""}}}}}}},
		{"other text, no end of line", "| Check: a |", []Record{{Line: 1, Message: "| Check: a |"}}},
		{"nothing", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { assert.Equal(t, tt.want, read(t, tt.log)) })
	}
}

func TestRecords_limits(t *testing.T) {
	long := read(t, head+"[-] "+strings.Repeat("x", 3*MaxLine)+"\n"+head+"[-] next\n")
	require.Len(t, long, 2)
	assert.LessOrEqual(t, len(long[0].Message), MaxLine)
	assert.Equal(t, "next", long[1].Message)

	deep := read(t, head+"[-] a\n"+strings.Repeat(head+"  File \"/x\", line 1, in f\n", 10*MaxFrames)+head+"  File \"/last\", line 1, in f\n"+head+"RecursionError: r\n")
	require.Len(t, deep, 1)
	require.Len(t, deep[0].Chain[0].Frames, MaxFrames)
	assert.Equal(t, "/last", deep[0].Chain[0].Frames[MaxFrames-1].File)

	endless := read(t, head+"[-] a\n"+strings.Repeat(head+"Traceback (most recent call last):\n"+head+"E: x\n", 10*MaxChain))
	assert.Len(t, endless[0].Chain, MaxChain)

	wide := read(t, head+"[-] a\n"+strings.Repeat("more\n", MaxMessage))
	assert.LessOrEqual(t, len(wide[0].Message), MaxMessage)
}

func TestRecords_errors(t *testing.T) {
	broken := errors.New("the disk is gone")
	var last error
	n := 0
	for _, err := range Records(io.MultiReader(strings.NewReader(head+"[-] a\n"), iotest.ErrReader(broken))) {
		n, last = n+1, err
	}
	assert.Equal(t, 2, n, "what was read is given first")
	assert.ErrorIs(t, last, broken)

	for range Records(strings.NewReader(strings.Repeat(head+"[-] a\n", 9))) {
		break
	}
}

func BenchmarkRecords(b *testing.B) {
	log := strings.Repeat("2026-11-22 17:37:32.177 1 INFO cinder.volume.manager [None req-1 - - - - - -] Driver initialization completed successfully.\n", 1000)
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range Records(strings.NewReader(log)) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func TestRecords_colour(t *testing.T) {
	var messages []string
	for r, err := range Records(strings.NewReader("2026-11-22 17:37:13.027 8539 ERROR cinder.volume [-] \x1b[01;35mcreate failed\x1b[00m\n")) {
		require.NoError(t, err)
		messages = append(messages, r.Message)
	}
	assert.Equal(t, []string{"create failed"}, messages)
}
