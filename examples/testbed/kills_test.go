//go:build testbed

package testbed

import (
	"fmt"
	"math/rand/v2"
	"os"
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
				k := startKills(t, "--port-offset", strconv.Itoa(*offset+i*nextPorts))
				for m, ok := all.next(k); ok; m, ok = all.next(k) {
					all.note(t, k.kill(m))
				}
			})
		}
	})
}

// allMoments is the full run: after every write of the journal, resumed once and rolled back once, and at random moments. Several testbeds share it.
type allMoments struct {
	mu     sync.Mutex
	random *rand.Rand
	writes int           // of an upgrade that is not killed
	whole  time.Duration // of it
	left   []moment
	rows   []string
}

// next gives what is to be done next; who asks first measures an upgrade that is not killed.
func (a *allMoments) next(k *kills) (m moment, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.writes == 0 {
		a.measure(k)
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
	a.writes, a.whole = writes, took
	for _, other := range []bool{false, true} { // a run that is broken off has every moment sooner than both recoveries of a few
		for n := range writes {
			a.left = append(a.left, moment{at: strconv.Itoa(n + 1), resume: n%2 == 0 != other})
		}
		for n := 0; n < randomKills && !other; n++ {
			a.left = append(a.left, moment{after: time.Duration(a.random.Int64N(int64(took))), resume: n%2 == 0})
		}
	}
}

// note adds a row and writes the report, which so is there also after a run that was broken off.
func (a *allMoments) note(t *testing.T, row string) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rows = append(a.rows, row)
	if *reportFile == "" {
		return
	}
	text := fmt.Sprintf("# Kills of an upgrade\n\nSeed %d. An upgrade that is not killed writes its journal %d times and took %.1f s. Killed after each write, resumed once and rolled back once, and at %d random moments: %d kills, %d of them done.\n"+
		"Every row ended in a cinder that passes L0 to L4, with the data written before, and with no file of the real environment changed; what ended upgraded was then rolled back and passed once more. Written by TestKills: see ../doc.go.\n\n"+
		"| killed at | last write: number, state, step | recovered by | seconds | ended |\n|---|---|---|---|---|\n%s\n",
		*seed, a.writes, a.whole.Seconds(), randomKills, 2*a.writes+randomKills, len(a.rows), strings.Join(a.rows, "\n"))
	require.NoError(t, os.WriteFile(*reportFile, []byte(text), 0o644))
}

// ended demands that nothing was left out.
func (a *allMoments) ended(t *testing.T) {
	assert.Len(t, a.rows, 2*a.writes+randomKills, "kills")
}
