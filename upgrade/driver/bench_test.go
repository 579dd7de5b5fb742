package driver

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade/driver/api"
	"github.com/chandlery-go/chandlery/upgrade/driver/data"
)

// asking makes a driver of n needs of what the newest release has, spread over its modules.
func asking(newest *api.Release, n int) *api.Driver {
	d := &api.Driver{Modules: map[string]*api.Module{"cinder.volume.drivers.x": {}}, Source: []string{"x.py"}}
	var all []string
	for _, module := range slices.Sorted(maps.Keys(newest.Modules)) {
		if strings.HasPrefix(module, "cinder.volume.drivers.") || newest.Modules[module].Dynamic {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(newest.Modules[module].Names)) {
			all = append(all, module+"."+name)
		}
	}
	for i := range n {
		d.Needs = append(d.Needs, api.Need{Kind: api.NeedName, Symbol: all[i*7919%len(all)], File: "x.py", Line: i + 1, Late: i%2 == 0})
	}
	return d
}

// BenchmarkInfer is over the index of cinder that comes along; rbd.py has some 150 different needs, all of dell_emc some 750.
func BenchmarkInfer(b *testing.B) {
	ix, err := data.Open("cinder")
	require.NoError(b, err)
	for _, n := range []int{150, 750, 3000} {
		b.Run(fmt.Sprintf("%d needs", n), func(b *testing.B) {
			d := asking(ix.Releases[len(ix.Releases)-1], n)
			b.ReportAllocs()
			for b.Loop() {
				in, err := Infer(b.Context(), Question{Driver: d, Index: ix})
				require.NoError(b, err)
				require.NotEmpty(b, in.Feasible)
			}
			b.ReportMetric(float64(len(ix.Releases)), "releases")
		})
	}
}
