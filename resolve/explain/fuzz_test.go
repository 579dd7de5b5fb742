package explain

import (
	"encoding/json"
	"testing"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

// FuzzChange: a change that comes as JSON from elsewhere is made or refused.
func FuzzChange(f *testing.F) {
	for _, kind := range []Kind{Loosen, Repin, Drop, ExcludeNewer, Prereleases, Formats, Python, Floor} {
		b, err := json.Marshal(Change{Kind: kind, List: Requirements, From: "app", To: "app<2"})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Add(`{"kind":"python","to":"3.10.0"}`)
	f.Add(`{"kind":"floor","from":"manylinux_2_17_x86_64","to":"manylinux_2_28_x86_64"}`)
	u, err := resolvetest.ParseUniverse(conflicting)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var c Change
		if json.Unmarshal([]byte(text), &c) != nil {
			return
		}
		_ = c.String()
		got, err := c.Apply(&u.Request)
		if err == nil && len(got.Platform.Variants) != 1 {
			t.Errorf("%s left %d variants", text, len(got.Platform.Variants))
		}
		if u.Request.Requirements[0].String() != "app" || len(u.Request.Requirements) != 2 {
			t.Errorf("%s changed the request itself", text)
		}
	})
}

// FuzzWords: no report makes trouble.
func FuzzWords(f *testing.F) {
	f.Add("every version of a-b[x] depends on C_d>=2 (e.f 1.0)")
	f.Fuzz(func(t *testing.T, text string) {
		e := &resolve.NoSolutionError{Report: []string{text}, Proof: &resolve.Derivation{Text: text}}
		if a, b := len(wordsOf(e)), len(wordsOf(&resolve.NoSolutionError{Report: []string{text}})); a != b {
			t.Errorf("%d words, then %d", a, b)
		}
	})
}
