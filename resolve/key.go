package resolve

import (
	"github.com/chandlery-go/chandlery/resolve/internal/pubgrub"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// key is what a package of the solver stands for. A project is several: the choice of its version (variant is choice), which is one for all variants; and that a variant needs it,
// or needs one of its extras, which has no version and is only ever so or not. On a platform of one variant the need for a project is the choice of its version.
type key struct {
	name    pep508.Name
	extra   pep508.Name
	variant int
}

// choice is the variant of the key that stands for a project's version.
const choice = -1

// node is a package of the solver, by the number of its key.
type node int32

type (
	term            = pubgrub.Term[node, versionSet]
	fact            = pubgrub.Fact[node, versionSet]
	incompatibility = pubgrub.Incompatibility[node, versionSet]
)

// nodes numbers keys, from 1 on.
type nodes struct {
	keys  []key // by number
	needs map[key]node
}

func (n *nodes) key(at node) key { return n.keys[at] }

func (n *nodes) add(k key) node {
	if len(n.keys) == 0 {
		n.keys = append(n.keys, key{})
	}
	n.keys = append(n.keys, k)
	return node(len(n.keys) - 1)
}

// choice is the package that stands for the version of p.
func (n *nodes) choice(p *project) node {
	if p.choice == 0 {
		p.choice = n.add(key{p.name, "", choice})
	}
	return p.choice
}

// need is the one that stands for a need.
func (n *nodes) need(k key) node {
	at, ok := n.needs[k]
	if !ok {
		if n.needs == nil {
			n.needs = map[key]node{}
		}
		at = n.add(k)
		n.needs[k] = at
	}
	return at
}

// keys is the number of needs that a requirement makes: for the project and for each extra.
func (r *reach) keys() int { return 1 + len(r.Extras) }

func (r *reach) key(i int) key {
	if i == 0 {
		return key{r.Name, "", r.variant}
	}
	return key{r.Name, r.Extras[i-1], r.variant}
}
