package crawl

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
)

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		files []string
		want  string
	}{
		{[]string{"demo-1.0.tar.gz", "demo-1.0-py3-none-any.whl"}, "demo-1.0-py3-none-any.whl"},
		{[]string{"demo-1.0.tar.gz"}, "demo-1.0.tar.gz"},
		{[]string{"demo-1.0.tar.gz", "!demo-1.0-py3-none-any.whl"}, "demo-1.0.tar.gz"},
		{[]string{"demo-1.0-cp39-cp39-win32.whl", "demo-1.0-cp311-cp311-win32.whl"}, "demo-1.0-cp311-cp311-win32.whl"},
		{[]string{"demo-1.0-cp311-cp311-win32.whl", "demo-1.0-py2.py3-none-any.whl"}, "demo-1.0-py2.py3-none-any.whl"},
		{[]string{"demo-1.0.0-py3-none-any.whl"}, "demo-1.0.0-py3-none-any.whl"},
		{[]string{"demo-1.0rc1-py3-none-any.whl", "demo-1.0.post1.tar.gz", "!demo-1.0.tar.gz"}, ""},
		{nil, ""},
	} {
		p := &dist.Project{Name: "demo"}
		for _, name := range c.files {
			file, yanked := strings.CutPrefix(name, "!")
			parsed, err := dist.ParseFilename(file)
			require.NoError(t, err)
			p.Files = append(p.Files, dist.File{Filename: parsed, Artifact: dist.Artifact{File: file}, Yanked: yanked})
		}
		f, err := choose(p, pep440.MustParse("1.0"))
		assert.Equal(t, c.want, f.File)
		if c.want == "" {
			assert.ErrorIs(t, err, ErrAbsent)
		}
	}
}
