package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Change is one edit of a request. As JSON it is all that a program needs to make it too.
type Change struct {
	Kind Kind        `json:"kind"`
	List List        `json:"list,omitempty"` // of the entry that is changed
	Name pep508.Name `json:"name,omitempty"` // the project that a change of the policy is for; "" for all of which the policy says nothing of its own
	From string      `json:"from,omitempty"` // what stands there now
	To   string      `json:"to,omitempty"`   // what shall; "" where it goes
}

// Kind is what a Change does.
type Kind string

const (
	Loosen       Kind = "loosen"        // an entry From to To, which has fewer clauses or extras
	Repin        Kind = "repin"         // an entry From that pins by == to To, which pins another version
	Drop         Kind = "drop"          // an entry From
	ExcludeNewer Kind = "exclude-newer" // Policy.ExcludeNewer or ExcludeNewerOf, RFC 3339; To is "" where it is lifted
	Prereleases  Kind = "prereleases"   // Policy.Prereleases or PrereleasesOf: forbid, if-necessary or allow
	Formats      Kind = "formats"       // Policy.Sdists and NoWheels, or FormatsOf: wheels, sdists, or both with a comma between
	Python       Kind = "python"        // the platform's Python, a full version
	Floor        Kind = "floor"         // the platform tag of a variant
)

// List is a list of a request's entries.
type List string

const (
	Requirements List = "requirements"
	Constraints  List = "constraints"
	Overrides    List = "overrides"
)

func (l List) of(req *resolve.Request) *[]pep508.Requirement {
	switch l {
	case Requirements:
		return &req.Requirements
	case Constraints:
		return &req.Constraints
	}
	return &req.Overrides
}

// Apply gives the request with the change made. The given one is left as it is. The error says what of the change does not suit the request.
func (c Change) Apply(req *resolve.Request) (*resolve.Request, error) {
	out := *req
	var err error
	switch c.Kind {
	case Loosen, Repin, Drop:
		err = c.edit(&out)
	case ExcludeNewer, Prereleases, Formats:
		err = c.policy(&out.Policy)
	case Python, Floor:
		out.Platform, err = c.platform(req.Platform)
	default:
		err = fmt.Errorf("change of an unknown kind %q", c.Kind)
	}
	return &out, err
}

// edit changes the first entry that reads From.
func (c Change) edit(req *resolve.Request) error {
	list := c.List.of(req)
	i := slices.IndexFunc(*list, func(r pep508.Requirement) bool { return r.String() == c.From })
	if i < 0 {
		return fmt.Errorf("the %s have no %s", c.List, c.From)
	}
	edited := slices.Clone(*list)
	if c.Kind == Drop {
		*list = slices.Delete(edited, i, i+1)
		return nil
	}
	to, err := pep508.Parse(c.To)
	edited[i] = to
	*list = edited
	return err
}

// platform makes the platform anew by resolve.NewPlatform.
func (c Change) platform(p resolve.Platform) (resolve.Platform, error) {
	python, tags := p.Python, make([]string, len(p.Variants))
	for i, v := range p.Variants {
		tags[i] = v.Tag
		if c.Kind == Floor && v.Tag == c.From {
			tags[i] = c.To
		}
	}
	if c.Kind == Python {
		var err error
		if python, err = pep440.Parse(c.To); err != nil {
			return p, err
		}
	}
	return resolve.NewPlatform(p.Name, python, tags...)
}

// String words the change as advice: "drop the constraint a<2".
func (c Change) String() string {
	switch c.Kind {
	case Loosen:
		return c.noun() + " " + c.To + " instead of " + c.From
	case Repin:
		return c.noun() + " " + c.To + " instead of " + c.From
	case Drop:
		return "drop the " + c.one() + " " + c.From
	case ExcludeNewer:
		if c.To == "" {
			return "lift exclude-newer" + c.whose(" for ") + ", which is " + c.From
		}
		return "move exclude-newer" + c.whose(" for ") + " from " + c.From + " to " + c.To
	case Prereleases:
		if c.To == "allow" {
			return "allow pre-releases" + c.whose(" of ")
		}
		return "allow pre-releases" + c.whose(" of ") + " where no final release will do"
	case Formats:
		if strings.Contains(c.From, "sdists") {
			return "allow wheels" + c.whose(" of ")
		}
		return "allow source distributions" + c.whose(" of ")
	case Python:
		return "use Python " + c.To + " instead of " + c.From
	}
	return "support " + c.To + " and later systems only, instead of " + c.From
}

// whose names the project of a change of the policy.
func (c Change) whose(word string) string {
	if c.Name == "" {
		return ""
	}
	return word + string(c.Name)
}

// abandons reports whether the change gives up something that was asked for.
func (c Change) abandons() bool { return c.Kind == Drop && c.List == Requirements }

func (c Change) one() string {
	return map[List]string{Requirements: "requirement", Constraints: "constraint", Overrides: "override"}[c.List]
}

func (c Change) noun() string {
	if c.List == Requirements {
		return "ask for"
	}
	return "use the " + c.one()
}
