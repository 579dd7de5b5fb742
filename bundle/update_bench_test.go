package bundle

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
)

// benchSpecs are 30 libraries of 100 files.
func benchSpecs(version string) []wheelmake.Spec {
	var specs []wheelmake.Spec
	for i := range 30 {
		var files []string
		for j := range 100 {
			files = append(files, fmt.Sprintf("lib%d/s%d/f%d.py", i, j%7, j), strings.Repeat(version, 1000))
		}
		specs = append(specs, library(fmt.Sprintf("lib%d", i), version, files...))
	}
	return specs
}

func BenchmarkUpdate(b *testing.B) {
	s := newUpdateSite(b)
	dir := b.TempDir()
	u := s.updater(dir)
	u.seams.noSync = false
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		b.StopTimer()
		s.release(b, benchSpecs(fmt.Sprint(n%2))...)
		b.StartTimer()
		_, err := u.Update(b.Context())
		require.NoError(b, err)
	}
}

func BenchmarkUpdateNothingToDo(b *testing.B) {
	s := newUpdateSite(b, benchSpecs("1")...)
	u := s.updater(b.TempDir())
	_, err := u.Update(b.Context())
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		_, err := u.Update(b.Context())
		require.NoError(b, err)
	}
}

func BenchmarkRecover(b *testing.B) {
	s := newUpdateSite(b, benchSpecs("1")...)
	dir := filepath.Join(b.TempDir(), "python")
	s.update(b, dir)
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, Recover(b.Context(), dir))
	}
}

func BenchmarkRollback(b *testing.B) {
	s := newUpdateSite(b, benchSpecs("1")...)
	dir := b.TempDir()
	s.update(b, dir)
	s.release(b, benchSpecs("2")...)
	s.update(b, dir)
	u := &Updater{PythonDir: dir}
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, u.Rollback(b.Context()))
	}
}
