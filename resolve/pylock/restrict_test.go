package pylock

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

// shelf is an index of one project with a wheel (hash aa…) and an sdist (hash bb…).
type shelf struct{ files []dist.File }

func (s shelf) Project(_ context.Context, name pep508.Name) (*dist.Project, error) {
	if name != "a" {
		return nil, dist.ErrNotFound
	}
	return &dist.Project{Name: name, Files: s.files}, nil
}

func (s shelf) Metadata(context.Context, dist.File) (*dist.Metadata, error) {
	return nil, dist.ErrNotFound
}

func TestRestrict(t *testing.T) {
	wheel, sdist := file(t, "a-1.0-py3-none-any.whl", "https://files.example/w"), file(t, "a-1.0.tar.gz", "https://files.example/s")
	aa, bb := strings.Repeat("a", 64), strings.Repeat("b", 64)
	sdist.Hashes = map[string]string{"sha256": bb}
	ix := shelf{[]dist.File{wheel, sdist}}
	for text, want := range map[string][]string{
		"a":                            {wheel.File, sdist.File},
		"a --hash=sha256:" + aa:        {wheel.File},
		"a --hash=sha256:" + bb + "\n": {sdist.File},
		"a --hash=sha256:" + aa + " --hash=sha256:" + bb:                             {wheel.File, sdist.File},
		"a --hash=sha256:" + aa + " --hash=sha256:" + bb + "\na --hash=sha256:" + bb: {sdist.File},
		"a --hash=sha256:" + aa + "\na --hash=sha256:" + bb:                          nil,
		"a --hash=sha256:" + aa + "\n-c pin":                                         nil,
		"a --hash=sha512:" + aa + aa:                                                 nil,
		"a\n-c pin":                                                                  {sdist.File},
		"b --hash=sha256:" + aa:                                                      {wheel.File, sdist.File},
		"a\n--only-binary :all:":                                                     {wheel.File},
		"a\n--no-binary a":                                                           {sdist.File},
		"a\n--no-binary :all:\n--only-binary a":                                      {wheel.File},
	} {
		asked, err := files{"f": text, "pin": "a==1.0 --hash=sha256:" + bb}.reader().Read([]string{"f"}, nil)
		require.NoError(t, err)
		restricted := asked.Restrict(ix)
		p, err := restricted.Project(t.Context(), "a")
		require.NoError(t, err)
		var got []string
		for _, f := range p.Files {
			got = append(got, f.File)
		}
		assert.Equal(t, want, got, text)
		if _, same := restricted.(shelf); !same {
			resolvetest.CheckListing(t, restricted, "a")
			resolvetest.CheckListing(t, restricted, "c")
		}
		_, err = restricted.Project(t.Context(), "c")
		assert.ErrorIs(t, err, dist.ErrNotFound)
	}
	assert.Len(t, ix.files, 2, "the index's own list is as it was")
}

func TestCheckHashes(t *testing.T) {
	set := &resolve.Resolution{Pins: []resolve.Pin{{Name: "a", Version: pep440.MustParse("1.0")}, {Name: "b", Version: pep440.MustParse("2.0")}}}
	for text, want := range map[string]string{
		"a\nb":                          "",
		"a " + sha1st + "\nb " + sha1st: "",
		"a " + sha1st:                   ": b==2.0 has none",
		"--require-hashes\na":           ": a==1.0, b==2.0 has none",
		"a " + sha1st + "\n-c b":        "",
	} {
		asked, err := files{"f": text, "b": "b " + sha1st}.reader().Read([]string{"f"}, nil)
		require.NoError(t, err)
		err = asked.CheckHashes(set)
		if want == "" {
			assert.NoError(t, err, text)
			continue
		}
		require.ErrorIs(t, err, ErrNoHashes)
		assert.ErrorContains(t, err, want)
	}
}

// TestCheckHashesDirect: what was asked for by address has one of the hashes.
func TestCheckHashesDirect(t *testing.T) {
	r := target(t, "linux", "3.9.18", "manylinux_2_17_x86_64", "a-1.0-py3-none-any")
	r.Pins[0].RequiredBy = []resolve.Reason{{Requirement: pep508.MustParse("a @ https://files.example/a-1.0-py3-none-any.whl")}}
	aa, bb := " --hash=sha256:"+strings.Repeat("a", 64), " --hash=sha256:"+strings.Repeat("b", 64)
	line := "a @ https://files.example/a-1.0-py3-none-any.whl"
	for text, want := range map[string]string{
		line: "", line + aa: "", line + bb + aa: "", line + bb: "sha256 is ", line + "\n-c pin": "sha256 is ", line + aa + "\n-c pin": "have no --hash in common",
		line + " --hash=sha512:" + strings.Repeat("a", 128): "sha512 is ",
	} {
		asked, err := files{"f": text, "pin": "a" + bb}.reader().Read([]string{"f"}, nil)
		require.NoError(t, err)
		err = asked.CheckHashes(r)
		if want == "" {
			assert.NoError(t, err, text)
			continue
		}
		assert.ErrorContains(t, err, want, text)
	}
}
