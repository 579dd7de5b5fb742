package resolve_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

const linux = "platform linux 3.9.18 manylinux_2_17_x86_64\n"

// ofMetadata is those of an Index's questions that ask for METADATA of a project: the file names without it.
func ofMetadata(asked []string, project string) (rest []string) {
	for _, q := range asked {
		if f, ok := strings.CutPrefix(q, "metadata "+project+"-"); ok {
			rest = append(rest, f)
		}
	}
	return rest
}

// TestSearchAheadDoubles: of a project that is tried in vain every wait doubles what is known.
func TestSearchAheadDoubles(t *testing.T) {
	for _, c := range []struct{ fits, asked int }{{50, 1}, {49, 2}, {48, 4}, {47, 4}, {46, 8}, {40, 16}, {25, 32}, {2, 50}} {
		var text strings.Builder
		fmt.Fprintln(&text, linux+"release base 1\nrelease base 2\nrequest base==1\nrequest app")
		for v := 1; v <= 50; v++ {
			fmt.Fprintf(&text, "release app %d\n", v)
			if v > c.fits {
				fmt.Fprintln(&text, "requires base==2")
			}
		}
		u := universe(t, text.String())
		r, err := (&resolve.Solver{Index: u.Index}).Resolve(t.Context(), &u.Request)
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprint(c.fits), r.Pin("app").Version.String())
		assert.Len(t, ofMetadata(u.Index.Asked(), "app"), c.asked, c.fits)
	}
}

// TestSearchAheadOfPinned: so it is with a project that another pins release by release; what the request excludes of it is not asked for.
func TestSearchAheadOfPinned(t *testing.T) {
	for _, c := range []struct {
		request string
		asked   int
	}{{"", 32}, {"request lib>=15", 26}, {"constraint lib>=15", 26}} {
		var text strings.Builder
		fmt.Fprintln(&text, linux+"release base 1\nrelease base 2\nrequest base==1\nrequest app\n"+c.request)
		for v := 1; v <= 40; v++ {
			fmt.Fprintf(&text, "release app %d\nrequires lib==%d\nrelease lib %d\n", v, v, v)
			if v > 20 {
				fmt.Fprintln(&text, "requires base==2")
			}
		}
		u := universe(t, text.String())
		r, err := (&resolve.Solver{Index: u.Index}).Resolve(t.Context(), &u.Request)
		require.NoError(t, err)
		assert.Equal(t, "20", r.Pin("app").Version.String())
		assert.Len(t, ofMetadata(u.Index.Asked(), "lib"), c.asked, c.request)
	}
}

// walks is a universe in which every release of top admits three releases of mid, all but the lowest in vain, and then four of hub, all but the lowest of all in vain. What top 5
// admits of mid will not do either.
func walks() string {
	var text strings.Builder
	fmt.Fprint(&text, linux+"request top\nrequest pin==1\nrequest base==1\nrelease pin 1\nrelease pin 2\nrelease base 1\nrelease base 2\n")
	for v := 1; v <= 10; v++ {
		fmt.Fprintf(&text, "release top %d\nrequires mid>%d,<=%d\nrequires hub>%d,<=%d\n", v, 3*v-3, 3*v, 4*v-4, 4*v)
	}
	for v := 1; v <= 30; v++ {
		fmt.Fprintf(&text, "release mid %d\n", v)
		if v%3 != 1 || v == 13 {
			fmt.Fprintf(&text, "requires pin!=1,!=%d\n", 100+v)
		}
	}
	for v := 1; v <= 40; v++ {
		fmt.Fprintf(&text, "release hub %d\n", v)
		if v > 1 {
			fmt.Fprintf(&text, "requires base!=1,!=%d\n", 100+v)
		}
	}
	return text.String()
}

// TestSearchForesees: that nothing of hub will do shows before mid is walked through again.
func TestSearchForesees(t *testing.T) {
	u := universe(t, walks())
	r, err := (&resolve.Solver{Index: u.Index}).Resolve(t.Context(), &u.Request)
	require.NoError(t, err)
	for _, p := range r.Pins {
		assert.Equal(t, "1", p.Version.String(), p.Name)
	}
	assert.Less(t, len(ofMetadata(u.Index.Asked(), "mid")), 20)
}

// lacking is an Index that cannot be asked for METADATA of some releases of hub.
type lacking struct {
	resolve.Index
	from, to int
}

func (x lacking) Metadata(ctx context.Context, f dist.File) (*dist.Metadata, error) {
	if v := f.Version.Release(0); f.Name == "hub" && x.from <= v && v <= x.to {
		return nil, errors.New("out of reach")
	}
	return x.Index.Metadata(ctx, f)
}

// TestSearchForeseesNoFault: what the index cannot answer before its turn is no matter where its turn never comes.
func TestSearchForeseesNoFault(t *testing.T) {
	u := universe(t, walks())
	r, err := (&resolve.Solver{Index: lacking{u.Index, 17, 20}}).Resolve(t.Context(), &u.Request)
	require.NoError(t, err)
	assert.Equal(t, "1", r.Pin("top").Version.String())
	_, err = (&resolve.Solver{Index: lacking{u.Index, 1, 4}}).Resolve(t.Context(), &u.Request)
	assert.ErrorContains(t, err, "out of reach")
}
