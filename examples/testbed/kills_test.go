//go:build testbed

package testbed

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
)

const (
	sampledKills = 2
	randomKills  = 30
	nextPorts    = 300 // between the testbeds of one run
)

// switchRegion is where a kill finds production in between.
var switchRegion = []upgrade.Step{upgrade.StepStop, upgrade.StepSnapshot, upgrade.StepMigrate, upgrade.StepSwitch, upgrade.StepStart, upgrade.StepVerify}

// TestKills kills upgrades at writes of the journal; each ends, resumed or rolled back, in a cinder that passes L0 to L4 with the data written before.
func TestKills(t *testing.T) {
	random := rand.New(rand.NewPCG(*seed, *seed))
	t.Logf("seed %d", *seed)
	if !*allKills {
		k := startKills(t)
		for i, step := range random.Perm(len(switchRegion))[:sampledKills] {
			k.kill(moment{at: fmt.Sprintf("%s:%d", switchRegion[step], 1+random.IntN(2)), resume: i%2 == 0})
		}
		return
	}
	all := &allMoments{random: random}
	defer all.ended(t)
	t.Run("testbeds", func(t *testing.T) {
		for i := range *beds {
			t.Run(strconv.Itoa(i+1), func(t *testing.T) {
				t.Parallel()
				k := startKills(t, "--port-offset", strconv.Itoa(*offset+i*nextPorts), "--db", *databaseKind)
				for m, ok := all.next(k); ok; m, ok = all.next(k) {
					all.note(t, k.kill(m))
				}
			})
		}
	})
}

// allMoments is the full run: after every write of the journal, resumed once and rolled back once, and at random moments. Several testbeds share it, and several
// runs: one that was broken off goes on with what its report lacks.
type allMoments struct {
	mu     sync.Mutex
	random *rand.Rand
	writes int           // of an upgrade that is not killed
	whole  time.Duration // of it
	left   []moment
	rows   []string
}

// next gives what is to be done next; who asks first reads the report or, where there is none, measures an upgrade that is not killed.
func (a *allMoments) next(k *kills) (m moment, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.writes == 0 {
		if a.load(k.t); a.writes == 0 {
			a.measure(k)
		}
		a.plan()
	}
	if len(a.left) == 0 {
		return m, false
	}
	m, a.left = a.left[0], a.left[1:]
	return m, true
}

func (a *allMoments) measure(k *kills) {
	k.t.Helper()
	last, killed, took := k.victim("apply", moment{})
	require.False(k.t, killed)
	number, _, _ := strings.Cut(last, " ")
	writes, err := strconv.Atoi(number)
	require.NoError(k.t, err, last)
	k.goBack()
	k.clean()
	a.writes, a.whole = writes, took.Round(100*time.Millisecond)
}

// plan lists the moments that are not done.
func (a *allMoments) plan() {
	for _, other := range []bool{false, true} { // a run that is broken off has every moment sooner than both recoveries of a few
		for n := range a.writes {
			a.left = append(a.left, moment{at: strconv.Itoa(n + 1), resume: n%2 == 0 != other})
		}
		for n := 0; n < randomKills && !other; n++ {
			a.left = append(a.left, moment{after: time.Duration(a.random.Int64N(int64(a.whole))).Round(10 * time.Millisecond), resume: n%2 == 0})
		}
	}
	a.left = slices.DeleteFunc(a.left, func(m moment) bool {
		return slices.ContainsFunc(a.rows, func(row string) bool {
			return strings.HasPrefix(row, "| "+m.String()+" ") && strings.Contains(row, "| "+m.recovery()[0]+" |")
		})
	})
}

// head begins the report; load reads it.
const head = "# Kills of an upgrade\n\nSeed %d. An upgrade that is not killed writes its journal %d times and took %.1f s."

const told = `
Killed after each write, resumed once and rolled back once, and at %d random moments: %d kills, %d of them done.
Every row ended in a cinder that passes L0 to L4, with the data written before, and with no file of the real environment changed; what ended upgraded was then rolled back and passed once more.
Written by TestKills, whose next run goes on with what is not done: see ../doc.go.

| killed at | last write: number, state, step | recovered by | seconds | ended |
|---|---|---|---|---|
%s
`

func (a *allMoments) load(t *testing.T) {
	t.Helper()
	b, err := os.ReadFile(*reportFile)
	if *reportFile == "" || errors.Is(err, fs.ErrNotExist) {
		return
	}
	require.NoError(t, err)
	var of uint64
	var seconds float64
	_, err = fmt.Sscanf(string(b), strings.ReplaceAll(head, "%.1f", "%f"), &of, &a.writes, &seconds)
	require.NoError(t, err, "%s is no report", *reportFile)
	require.Equal(t, *seed, of, "the report is of another seed")
	a.whole = time.Duration(math.Round(seconds*10)) * 100 * time.Millisecond
	_, table, _ := strings.Cut(string(b), "|---|---|---|---|---|\n")
	for row := range strings.Lines(table) {
		a.rows = append(a.rows, strings.TrimSpace(row))
	}
}

// note adds a row and writes the report.
func (a *allMoments) note(t *testing.T, row string) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rows = append(a.rows, row)
	if *reportFile == "" {
		return
	}
	text := fmt.Sprintf(head+told, *seed, a.writes, a.whole.Seconds(), randomKills, 2*a.writes+randomKills, len(a.rows), strings.Join(a.rows, "\n"))
	require.NoError(t, os.WriteFile(*reportFile, []byte(text), 0o644))
}

// ended demands that nothing was left out.
func (a *allMoments) ended(t *testing.T) {
	assert.Len(t, a.rows, 2*a.writes+randomKills, "kills")
}
