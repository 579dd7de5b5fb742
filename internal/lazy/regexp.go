package lazy

import (
	"regexp"
	"sync/atomic"
)

// Regexp is a regexp.Regexp that is compiled when it is first used; from then on its methods are those of regexp.Regexp. As a variable of a package it costs the
// start of a process nothing:
//
//	var word = lazy.Regexp{Expr: `^[a-z]+$`}
//
// An Expr that does not compile panics at its first use. The test of package house compiles each of the repository. Safe for concurrent use; not to be copied
// once it is used.
type Regexp struct {
	Expr string
	made atomic.Pointer[regexp.Regexp] // two goroutines may both make it: either will do
}

// Get is the compiled expression.
func (r *Regexp) Get() *regexp.Regexp {
	if made := r.made.Load(); made != nil {
		return made
	}
	made := regexp.MustCompile(r.Expr)
	r.made.Store(made)
	return made
}

// MatchString is that of regexp.Regexp, as all below.
func (r *Regexp) MatchString(s string) bool { return r.Get().MatchString(s) }

// Find is that of regexp.Regexp.
func (r *Regexp) Find(b []byte) []byte { return r.Get().Find(b) }

// FindString is that of regexp.Regexp.
func (r *Regexp) FindString(s string) string { return r.Get().FindString(s) }

// FindSubmatch is that of regexp.Regexp.
func (r *Regexp) FindSubmatch(b []byte) [][]byte { return r.Get().FindSubmatch(b) }

// FindStringSubmatch is that of regexp.Regexp.
func (r *Regexp) FindStringSubmatch(s string) []string { return r.Get().FindStringSubmatch(s) }

// FindStringSubmatchIndex is that of regexp.Regexp.
func (r *Regexp) FindStringSubmatchIndex(s string) []int { return r.Get().FindStringSubmatchIndex(s) }

// FindAllSubmatch is that of regexp.Regexp.
func (r *Regexp) FindAllSubmatch(b []byte, n int) [][][]byte { return r.Get().FindAllSubmatch(b, n) }

// FindAllStringSubmatch is that of regexp.Regexp.
func (r *Regexp) FindAllStringSubmatch(s string, n int) [][]string {
	return r.Get().FindAllStringSubmatch(s, n)
}

// FindAllStringSubmatchIndex is that of regexp.Regexp.
func (r *Regexp) FindAllStringSubmatchIndex(s string, n int) [][]int {
	return r.Get().FindAllStringSubmatchIndex(s, n)
}

// ReplaceAllString is that of regexp.Regexp.
func (r *Regexp) ReplaceAllString(s, by string) string { return r.Get().ReplaceAllString(s, by) }

// ReplaceAllStringFunc is that of regexp.Regexp.
func (r *Regexp) ReplaceAllStringFunc(s string, by func(string) string) string {
	return r.Get().ReplaceAllStringFunc(s, by)
}

// Split is that of regexp.Regexp.
func (r *Regexp) Split(s string, n int) []string { return r.Get().Split(s, n) }
