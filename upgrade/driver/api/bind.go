package api

import (
	"fmt"
	"slices"
)

// Lacks says why a call does not bind to the signature, in the form of Verdict.Lacks without the function's name: (volume_fd=); "" where it binds. given counts the arguments that the callee gets by position before those of
// the call, such as self. It binds as a call of CPython does; * and ** of the call, of whose number nothing is known, give what is needed, where they can.
func (s *Signature) Lacks(c *Call, given int) string {
	byPosition, rest, keywords := s.sorted()
	filled := make([]bool, len(s.Params))
	count := given + c.Positional
	if count > len(byPosition) && !rest {
		return fmt.Sprintf("(%d by position)", c.Positional)
	}
	for _, i := range byPosition[:min(count, len(byPosition))] {
		filled[i] = true
	}
	for _, k := range c.Keywords {
		i := slices.IndexFunc(s.Params, func(p Param) bool { return p.Name == k && (p.Kind == PositionalOrKeyword || p.Kind == KeywordOnly) })
		switch {
		case i < 0 && !keywords:
			return "(" + k + "=)"
		case i >= 0 && filled[i]:
			return "(" + k + "= twice)"
		case i >= 0:
			filled[i] = true
		}
	}
	return s.lacking(c, filled, byPosition[:min(count, len(byPosition))])
}

// lacking finds the first parameter without a default that the call leaves open. What * gives goes to one parameter after the other, so no farther than to the first that a keyword names.
func (s *Signature) lacking(c *Call, filled []bool, byPosition []int) string {
	star := c.Star
	for i, p := range s.Params {
		switch {
		case filled[i]:
			star = star && slices.Contains(byPosition, i)
		case !p.Default && !p.open(star, c.StarStar):
			return "(without " + p.Name + ")"
		}
	}
	return ""
}

// sorted tells apart what takes arguments by position, and whether *args and **kwargs are there.
func (s *Signature) sorted() (byPosition []int, rest, keywords bool) {
	for i, p := range s.Params {
		switch p.Kind {
		case PositionalOnly, PositionalOrKeyword:
			byPosition = append(byPosition, i)
		case VarPositional:
			rest = true
		case VarKeyword:
			keywords = true
		}
	}
	return byPosition, rest, keywords
}

// open reports whether the parameter may stay without an argument that the call names, as it has one from * or ** or takes any number.
func (p Param) open(star, starStar bool) bool {
	switch p.Kind {
	case PositionalOnly:
		return star
	case PositionalOrKeyword:
		return star || starStar
	case KeywordOnly:
		return starStar
	}
	return true
}
