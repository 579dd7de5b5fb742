package resolve

import (
	"github.com/chandlery-go/chandlery/resolve/internal/pubgrub"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// key is a package of the solver. A project is several: the choice of its version (variant is choice), which is one for all variants; and that a variant needs it,
// or needs one of its extras, which has no version and is only ever so or not. On a platform of one variant the need for a project is the choice of its version.
type key struct {
	name    pep508.Name
	extra   pep508.Name
	variant int
}

// choice is the variant of the key that stands for a project's version.
const choice = -1

type (
	term            = pubgrub.Term[key, versionSet]
	fact            = pubgrub.Fact[key, versionSet]
	incompatibility = pubgrub.Incompatibility[key, versionSet]
)

func choiceOf(name pep508.Name) key { return key{name, "", choice} }

// keys is the number of needs that a requirement makes: for the project and for each extra.
func (r *reach) keys() int { return 1 + len(r.Extras) }

func (r *reach) key(i int) key {
	if i == 0 {
		return key{r.Name, "", r.variant}
	}
	return key{r.Name, r.Extras[i-1], r.variant}
}
