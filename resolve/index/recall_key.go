package index

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/tag"
)

// question is the sha256 of all that an answer depends on but for what the index has: the program itself, the index's address, the request.
func (r *Recall) question(req *resolve.Request) (string, error) {
	program, err := os.Executable()
	if err != nil {
		return "", err
	}
	st, err := os.Stat(program)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintf(h, "%q %v\n%q %v\n%q\n", program, stampOf(st), r.Client.indexes[0].url, r.Client.PageTTL, r.Salt)
	tellPlatform(h, &req.Platform)
	tellPolicy(h, &req.Policy)
	for _, list := range [][]pep508.Requirement{req.Requirements, req.Constraints, req.Overrides} {
		fmt.Fprintln(h, len(list))
		for _, q := range list {
			fmt.Fprintf(h, "%q\n", q.String())
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func tellPlatform(w io.Writer, pl *resolve.Platform) {
	fmt.Fprintf(w, "%q %q %d\n", pl.Name, pl.Python.Original(), len(pl.Variants))
	for i := range pl.Variants {
		v := &pl.Variants[i]
		fmt.Fprintf(w, "%q %d\n", v.Tag, len(v.Environments))
		tellTags(w, v.Tags)
		for _, env := range v.Environments {
			for _, name := range slices.Sorted(maps.Keys(env)) {
				fmt.Fprintf(w, "%q=%q ", name, env[name])
			}
			fmt.Fprintln(w)
		}
	}
}

const usualTag = 48 // bytes

func tellTags(w io.Writer, set *tag.Set) {
	if set == nil {
		return
	}
	text := make([]byte, 0, usualTag*len(set.Tags()))
	for _, t := range set.Tags() {
		text = append(append(append(text, t.Interpreter...), '-'), t.ABI...)
		text = append(append(append(text, '-'), t.Platform...), '\n')
	}
	w.Write(append(text, '\n'))
}

func tellPolicy(w io.Writer, p *resolve.Policy) {
	fmt.Fprintln(w, p.Select, p.ExcludeNewer.UnixNano(), p.ExcludeNewer.IsZero(), p.Prereleases, p.Sdists, p.NoWheels)
	for _, name := range slices.Sorted(maps.Keys(p.ExcludeNewerOf)) {
		fmt.Fprintln(w, "newer", name, p.ExcludeNewerOf[name].UnixNano(), p.ExcludeNewerOf[name].IsZero())
	}
	for _, name := range slices.Sorted(maps.Keys(p.PrereleasesOf)) {
		fmt.Fprintln(w, "pre", name, p.PrereleasesOf[name])
	}
	for _, name := range slices.Sorted(maps.Keys(p.FormatsOf)) {
		fmt.Fprintln(w, "formats", name, p.FormatsOf[name])
	}
}
