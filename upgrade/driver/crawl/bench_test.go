package crawl

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve/index"
)

// BenchmarkUpdate reads 20 releases of 200 files, of which one differs from release to release: with an empty cache, and with one that has all.
func BenchmarkUpdate(b *testing.B) {
	folder, plan := b.TempDir(), planOf("cinder")
	for i := range 20 {
		version := fmt.Sprintf("%d.0.0", i+1)
		files := map[string]string{"cinder/__init__.py": "def v" + version}
		for k := range 200 {
			files[fmt.Sprintf("cinder/m%d.py", k)] = fmt.Sprintf("def f%d", k)
		}
		require.NoError(b, wheelmake.Folder(folder, cinder(version, files)))
		plan.Releases = append(plan.Releases, planOf("cinder", version).Releases...)
	}
	c := &Crawler{Index: &index.Dir{Folders: []string{folder}}, Fetcher: &Passing{}, Reader: &words{}}
	run := func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, report, err := c.Update(b.Context(), plan, nil)
			require.NoError(b, err)
			require.Empty(b, report.Failed)
		}
	}
	b.Run("cold", run)
	c.Cache = b.TempDir()
	b.Run("cached", run)
}
