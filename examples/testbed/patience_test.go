//go:build testbed

package testbed

import (
	"bytes"
	"io"
	"os"
	"path/filepath"

	"github.com/stretchr/testify/require"
)

// tries is how often a verb of the testbed is tried that the busy machine turned away.
const tries = 3

var (
	// monRefuses is in what attaching says where Ceph's monitor does not yet know the client.
	monRefuses = []byte("Command: ceph mon dump ")
	// tooBusy are in a log of cinder where another transaction had SQLite, and where Ceph's monitor turned a command away: cinder then answers 500, leaves a volume in error or removes the image that it was to write.
	tooBusy = [][]byte{[]byte("database is locked"), []byte("problem getting command descriptions from mon")}
)

// patiently runs a verb of the testbed that works through cinder, and runs it again where what it tells, or what cinder logged meanwhile, is that this machine was too busy: nothing of an upgrade shows so.
func (b *bed) patiently(args ...string) string {
	b.t.Helper()
	for range tries - 1 {
		ends := b.cinderLogs()
		out, err := b.try(args...)
		if err == nil {
			return string(out)
		}
		require.True(b.t, bytes.Contains(out, monRefuses) || b.loggedSince(ends, tooBusy), "testbed %q: %v: %s", args, err, out)
		b.t.Logf("once more, as the machine was too busy: %s", out)
	}
	return b.do(args...)
}

// cinderLogs says how long each log of cinder's services is, those that chandlery started itself among them.
func (b *bed) cinderLogs() map[string]int64 {
	logs, err := filepath.Glob(filepath.Join(b.home, "state", "cinder", "processes", "*.log"))
	require.NoError(b.t, err)
	for _, name := range b.doc.Components["cinder"].Services {
		logs = append(logs, b.served(name).Log, b.served(name).Output)
	}
	ends := map[string]int64{}
	for _, log := range logs {
		if st, err := os.Stat(log); err == nil {
			ends[log] = st.Size()
		}
	}
	return ends
}

func (b *bed) loggedSince(ends map[string]int64, what [][]byte) bool {
	for log, end := range ends {
		f, err := os.Open(log)
		if err != nil {
			continue // rotated away: its end is not known
		}
		text, err := io.ReadAll(io.NewSectionReader(f, end, 64<<20))
		f.Close()
		for _, w := range what {
			if err == nil && bytes.Contains(text, w) {
				b.t.Logf("%s: %s", log, w)
				return true
			}
		}
	}
	return false
}
