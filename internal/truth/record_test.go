//go:build live

package truth

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/index"
)

// record is what came of one set for one target.
type record struct {
	Set          string            `json:"set"`
	Requirements []string          `json:"requirements"`
	Target       string            `json:"target"`
	Ours         judged            `json:"ours"`
	Rivals       map[string]judged `json:"rivals"`
}

// judged is an answer, and what the checker says of it; nil where there are no pins to judge.
type judged struct {
	answer
	Verdict *verdict `json:"verdict,omitempty"`
}

// key tells records apart.
type key struct{ set, target string }

// records are the results of a run, in a file that each new one is added to; of several with one key the last counts.
type records struct {
	mu   sync.Mutex
	file *os.File
	all  map[key]record
}

// openRecords reads what an earlier run left in the folder. A line that a kill cut off is as none.
func openRecords(dir string) (*records, error) {
	path := filepath.Join(dir, "results.jsonl")
	r := &records{all: map[key]record{}}
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	whole := bytes.LastIndexByte(b, '\n') + 1
	lines := bufio.NewScanner(bytes.NewReader(b[:whole]))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var one record
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return nil, err
		}
		r.all[key{one.Set, one.Target}] = one
	}
	if r.file, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o644); err == nil {
		err = errors.Join(r.file.Truncate(int64(whole)), lines.Err())
	}
	if err == nil {
		_, err = r.file.Seek(int64(whole), 0)
	}
	return r, err
}

func (r *records) get(k key) record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all[k]
}

func (r *records) put(one record) error {
	line, err := json.Marshal(one)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all[key{one.Set, one.Target}] = one
	_, err = r.file.Write(append(line, '\n'))
	return err
}

// play puts a set to the resolvers for every target, but for what is recorded already.
func (s *stand) play(ctx context.Context, r *records, one set, targets []target, rivals []string) error {
	client := &index.Client{URLs: []string{s.index}, Cache: s.cache}
	defer client.Close()
	answers := make([]answer, len(targets))
	var all sync.WaitGroup
	for i, x := range targets {
		if r.get(key{one.name, x.Key}).Ours.Outcome == "" {
			all.Go(func() { answers[i] = s.ours(ctx, client, x, one.requirements) })
		}
	}
	all.Wait()
	for i, x := range targets {
		if err := s.complete(ctx, r, one, x, answers[i], rivals); err != nil {
			return err
		}
	}
	return nil
}

// complete adds what is missing of a record; ours is the zero answer where it is there already.
func (s *stand) complete(ctx context.Context, r *records, one set, x target, ours answer, rivals []string) (err error) {
	old := r.get(key{one.name, x.Key})
	now := record{one.name, one.requirements, x.Key, old.Ours, map[string]judged{}}
	added := 0
	if ours.Outcome != "" {
		added++
		if now.Ours, err = s.judged(x, one, ours); err != nil {
			return err
		}
	}
	maps.Copy(now.Rivals, old.Rivals)
	for _, name := range rivals {
		if _, done := now.Rivals[name]; done {
			continue
		}
		added++
		if now.Rivals[name], err = s.judged(x, one, s.ask(ctx, name, x, one.requirements)); err != nil {
			return err
		}
	}
	if added == 0 || ctx.Err() != nil { // what was cut off is not to stand in the results
		return ctx.Err()
	}
	return r.put(now)
}

func (s *stand) ask(ctx context.Context, rival string, x target, requirements []string) answer {
	ctx, cancel := context.WithTimeout(ctx, *patience)
	defer cancel()
	if rival == "pip" {
		return s.pip(ctx, x, requirements)
	}
	return s.uv(ctx, x, requirements)
}

// judged lets the checker judge an answer as one for our platform.
func (s *stand) judged(x target, one set, a answer) (judged, error) {
	if a.Outcome != solved {
		return judged{answer: a}, nil
	}
	v, err := s.judge(question{x, Before, one.requirements, a.Pins})
	return judged{a, &v}, err
}

// TestRecords: a run goes on where it was killed, even in the middle of a line.
func TestRecords(t *testing.T) {
	dir := t.TempDir()
	r, err := openRecords(dir)
	require.NoError(t, err)
	for _, one := range []record{{Set: "a", Target: "x"}, {Set: "b", Target: "x"}, {Set: "a", Target: "x", Requirements: []string{"a"}}} {
		require.NoError(t, r.put(one))
	}
	_, err = r.file.WriteString(`{"set":"c","tar`)
	require.NoError(t, errors.Join(err, r.file.Close()))
	for round := range 2 {
		r, err = openRecords(dir)
		require.NoError(t, err)
		assert.Len(t, r.all, 2+round)
		assert.Equal(t, []string{"a"}, r.get(key{"a", "x"}).Requirements)
		require.NoError(t, r.put(record{Set: "d", Target: "x"}))
		require.NoError(t, r.file.Close())
	}
}
