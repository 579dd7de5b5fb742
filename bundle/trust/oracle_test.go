//go:build oracle

package trust_test

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/trust/internal/mutate"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
	"github.com/chandlery-go/chandlery/bundle/trust/trusttest"
)

// The environment that .ci/run makes has python-tuf: pip install tuf 'securesystemslib[crypto]'.
var (
	cases = flag.Int("cases", 100_000, "mutated repositories")
	seed  = flag.Uint64("seed", 1, "of the first mutated repository")
	jobs  = flag.Int("jobs", 2, "at once")
)

// oracle is a python-tuf that answers questions.
type oracle struct {
	in  io.WriteCloser
	out *bufio.Reader
}

type question struct {
	Ask     string            `json:"ask"`
	Root    []byte            `json:"root,omitempty"`
	Files   map[string][]byte `json:"files,omitempty"`
	Target  string            `json:"target"`
	Content []byte            `json:"content,omitempty"`
	Warm    string            `json:"warm,omitempty"` // a folder that trusts something already
	Keep    string            `json:"keep,omitempty"` // where to leave the folder
}

type answer struct {
	Got   []byte            `json:"got"`
	Error string            `json:"error"`
	Root  []byte            `json:"root"`
	Files map[string][]byte `json:"files"`
}

func newOracle(t *testing.T) *oracle {
	tools := os.Getenv("CHANDLERY_TOOLS")
	require.NotEmpty(t, tools, "CHANDLERY_TOOLS is a virtual environment with python-tuf")
	cmd := exec.Command(filepath.Join(tools, "bin", "python"), filepath.Join("testdata", "oracle.py"), t.TempDir())
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		in.Close()
		require.NoError(t, cmd.Wait())
	})
	return &oracle{in, bufio.NewReaderSize(out, 1<<20)}
}

func (o *oracle) ask(t *testing.T, q question) (a answer) {
	b, err := json.Marshal(q)
	require.NoError(t, err)
	_, err = o.in.Write(append(b, '\n'))
	require.NoError(t, err)
	line, err := o.out.ReadBytes('\n')
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(line, &a))
	return a
}

// TestOracleReadsOurs: python-tuf's client installs what our rooms sign, with keys of each kind.
func TestOracleReadsOurs(t *testing.T) {
	o := newOracle(t)
	for _, plain := range []bool{false, true} {
		ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		require.NoError(t, err)
		rs, err := rsa.GenerateKey(rand.Reader, 2048)
		require.NoError(t, err)
		r := trusttest.New(time.Now().AddDate(0, 0, 1))
		root := r.File("1.root.json")
		r.Plain = plain
		r.SetKeys("root", 2, append(r.Signers["root"], rs)...)
		r.SetKeys("snapshot", 1, ec)
		r.SetKeys("targets", 2, ec, rs)
		r.PublishRoot()
		r.Delegate("targets", metadata.Delegation{Name: "demo.stable", Paths: []string{"stable/*"}, Terminating: true}, []crypto.Signer{rs}...)
		r.Add("demo.stable", mutate.Target, []byte("ours"), []byte(`{"a":["é","\n\"\\",1,null]}`))
		r.Publish()
		a := o.ask(t, question{Ask: "case", Root: root, Files: r.Files(), Target: mutate.Target})
		require.Empty(t, a.Error)
		require.Equal(t, "ours", string(a.Got))
	}
}

// TestOursReadsOracle: our client installs what python-tuf signs.
func TestOursReadsOracle(t *testing.T) {
	a := newOracle(t).ask(t, question{Ask: "publish", Target: mutate.Target, Content: []byte("theirs")})
	got, err := install(t.TempDir(), a.Root, a.Files)
	require.NoError(t, err)
	require.Equal(t, "theirs", string(got))
}

// TestOracleVerdicts: on mutated repositories our client installs what python-tuf's does, or refuses as it does, but for what known lists.
func TestOracleVerdicts(t *testing.T) {
	bases := mutate.Bases(time.Now().AddDate(0, 0, 7))
	work := t.TempDir()
	var mu sync.Mutex
	counts := map[string]int{}
	t.Run("cases", func(t *testing.T) {
		for job := range *jobs {
			t.Run(fmt.Sprint(job), func(t *testing.T) {
				t.Parallel()
				o := newOracle(t)
				for i, b := range bases {
					a := o.ask(t, question{Ask: "case", Root: b.Root, Files: b.First, Target: mutate.Target, Keep: filepath.Join(work, fmt.Sprintf("py-%d-%d", job, i))})
					require.Equal(t, "first", string(a.Got), a.Error)
					got, err := install(filepath.Join(work, fmt.Sprintf("go-%d-%d", job, i)), b.Root, b.First)
					require.NoError(t, err)
					require.Equal(t, "first", string(got))
				}
				for n := job; n < *cases; n += *jobs {
					verdict := compare(t, o, bases, *seed+uint64(n), func(kind string, i int) string { return filepath.Join(work, fmt.Sprintf("%s-%d-%d", kind, job, i)) })
					mu.Lock()
					counts[verdict]++
					mu.Unlock()
				}
			})
		}
	})
	t.Logf("%d mutated repositories from seed %d: %v", *cases, *seed, counts)
	require.Greater(t, counts["both install"], *cases/20)
	require.Greater(t, counts["both refuse"], *cases/20)
}

// compare shows one case to both clients, every other time to ones that have seen the first release.
func compare(t *testing.T, o *oracle, bases []*mutate.Base, seed uint64, warm func(kind string, base int) string) string {
	c := mutate.New(bases, seed)
	q := question{Ask: "case", Root: bases[c.Base].Root, Files: c.Files, Target: mutate.Target}
	dir, err := os.MkdirTemp(filepath.Dir(warm("x", 0)), "case")
	require.NoError(t, err)
	defer os.RemoveAll(dir)
	if seed%2 == 0 {
		q.Warm = warm("py", c.Base)
		require.NoError(t, os.CopyFS(dir, os.DirFS(warm("go", c.Base))))
	}
	a := o.ask(t, q)
	got, err := install(dir, q.Root, c.Files)
	switch {
	case a.Error == "" && err == nil && bytes.Equal(a.Got, got):
		return "both install"
	case a.Error != "" && err != nil:
		return "both refuse"
	}
	if why := difference(err, a.Error, c.What); why != "" {
		return why
	}
	t.Errorf("seed %d (base %d): %s\nours: %q %v\ntheirs: %q %s", seed, c.Base, c.What, got, err, a.Got, a.Error)
	return "different"
}

// known are the differences that are meant: what one side says where the other installs.
var known = []struct {
	why          string
	ours, theirs string // words of the error of the side that refuses; one of them is empty
	what         string // words of what was done; "" for anything
}{
	{"a key twice in an object: python takes the last", "stands twice in an object", "", ""},
	{"Signed beside signed: python passes it over", "unknown field", "", ""},
	{"a number that canonical JSON lacks, in the unsigned part", "is no integer of 64 bits", "", ""},
	{"nested deeply, in the unsigned part", "nested more than", "", ""},
	{"a value of a wrong type or form, where python looks at it only when it needs it: key ids", ".keyids: must be a list", "", ""},
	{"the same: hashes of other targets", "is not followed by its hash", "", ""},
	{"the same: a string of paths", ".paths: must be a list", "", ""},
	{"the same: custom", ".custom: must be an object", "", ""},
	{"the same: terminating, consistent_snapshot", "must be true or false", "", ""},
	{"the same: true is 1 and false is 0", "must be an integer", "", ""},
	{"the same: names in a snapshot", "is no name of a metadata file", "", ""},
	{"python takes its kept snapshot of the announced version, whatever hash was announced", "snapshot.json: not verified: its ", "", ""},
	{"python drops what it does not know of a timestamp's meta before it verifies, so it may be unsigned", "timestamp.json: signed by 0", "", "timestamp.json: signed.meta"},
	{"a key of an unknown kind never counts here; python refuses the file", "", "nsupported public key", ""},
	{"a key without its value, the same", "", "public key string required", ""},
	{"a further role in root is passed over here; python refuses the file", "", "Role names must be the top-level", ""},
	{"the same, where it is no role", "", "'int' object has no attribute 'pop'", ""},
	{"a hash of an unknown kind beside a known one is passed over here", "", "Unsupported algorithm", ""},
	{"a removed snapshot key makes the timestamp forgotten too (5.3.11), not so in python", "", "BadVersionNumberError: New timestamp version", ""},
	{"the same, with the version that is kept there", "", "UnsignedMetadataError: snapshot was signed by", "timestamp.json: signed.version"},
}

// difference names the known difference; "" for none.
func difference(ours error, theirs, what string) string {
	for _, k := range known {
		if !strings.Contains(what, k.what) {
			continue
		}
		switch {
		case ours != nil && theirs == "" && k.ours != "" && strings.Contains(ours.Error(), k.ours),
			ours == nil && theirs != "" && k.theirs != "" && strings.Contains(theirs, k.theirs):
			return k.why
		}
	}
	return ""
}
