//go:build live

package truth

import (
	_ "embed"
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

var (
	//go:embed testdata/sets.txt
	setsText string
	//go:embed testdata/targets.json
	targetsText []byte
)

// set is a requirement set.
type set struct {
	name         string
	requirements []string
}

// readSets reads the sets whose names match a regular expression.
func readSets(t *testing.T, only string) []set {
	t.Helper()
	wanted, err := regexp.Compile(only)
	require.NoError(t, err)
	var all []set
	for line := range strings.Lines(setsText) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, requirements, several := strings.Cut(line, ":")
		if !several {
			requirements = name
		}
		if wanted.MatchString(name) {
			all = append(all, set{name, strings.Fields(requirements)})
		}
	}
	return all
}

// choose picks n sets by seed, 0: all; always in the order of the seed.
func choose(all []set, n int, seed uint64) []set {
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	if n == 0 || n > len(all) {
		return all
	}
	return all[:n]
}

// target is a platform in the words of each tool.
type target struct {
	Key             string   `json:"key"`
	Python          string   `json:"python"` // full
	Tag             string   `json:"tag"`    // ours
	UV              string   `json:"uv"`     // --python-platform
	MacOS           string   `json:"macos,omitempty"`
	OSName          string   `json:"os_name"`
	SysPlatform     string   `json:"sys_platform"`
	PlatformSystem  string   `json:"platform_system"`
	PlatformMachine []string `json:"platform_machine"` // all that it may be; the likeliest first
}

func readTargets(t *testing.T) []target {
	t.Helper()
	var all []target
	require.NoError(t, json.Unmarshal(targetsText, &all))
	return all
}

func (x target) platform() (resolve.Platform, error) {
	python, err := pep440.Parse(x.Python)
	if err != nil {
		return resolve.Platform{}, err
	}
	return resolve.NewPlatform(x.Key, python, x.Tag)
}

// TestSets: the list is what the package's text says of it.
func TestSets(t *testing.T) {
	all := readSets(t, "")
	names, contents := map[string]bool{}, map[string]bool{}
	alone := 0
	for _, s := range all {
		assert.False(t, names[s.name], "%s is listed twice", s.name)
		names[s.name] = true
		assert.False(t, contents[strings.Join(s.requirements, " ")], "%v is listed twice", s.requirements)
		contents[strings.Join(s.requirements, " ")] = true
		for _, text := range s.requirements {
			_, err := pep508.Parse(text)
			assert.NoError(t, err)
		}
		if len(s.requirements) == 1 && s.requirements[0] == s.name {
			alone++
		}
	}
	assert.GreaterOrEqual(t, len(all), 500)
	assert.GreaterOrEqual(t, alone, 300)
	assert.Len(t, readTargets(t), 5)
	for _, x := range readTargets(t) {
		_, err := x.platform()
		assert.NoError(t, err)
	}
}
