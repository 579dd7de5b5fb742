package lazy

import (
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

var pair = Regexp{Expr: `(\w)=(\d)`}

// TestRegexp: each method gives what that of regexp.Regexp gives.
func TestRegexp(t *testing.T) {
	want := regexp.MustCompile(pair.Expr)
	for _, s := range []string{"", "a=1", "x a=1, b=2, c", "a=b"} {
		assert.Equal(t, want.MatchString(s), pair.MatchString(s))
		assert.Equal(t, want.Find([]byte(s)), pair.Find([]byte(s)))
		assert.Equal(t, want.FindString(s), pair.FindString(s))
		assert.Equal(t, want.FindSubmatch([]byte(s)), pair.FindSubmatch([]byte(s)))
		assert.Equal(t, want.FindStringSubmatch(s), pair.FindStringSubmatch(s))
		assert.Equal(t, want.FindStringSubmatchIndex(s), pair.FindStringSubmatchIndex(s))
		assert.Equal(t, want.FindAllSubmatch([]byte(s), -1), pair.FindAllSubmatch([]byte(s), -1))
		assert.Equal(t, want.FindAllStringSubmatch(s, 1), pair.FindAllStringSubmatch(s, 1))
		assert.Equal(t, want.FindAllStringSubmatchIndex(s, -1), pair.FindAllStringSubmatchIndex(s, -1))
		assert.Equal(t, want.ReplaceAllString(s, "$2=$1"), pair.ReplaceAllString(s, "$2=$1"))
		assert.Equal(t, want.ReplaceAllStringFunc(s, strings.ToUpper), pair.ReplaceAllStringFunc(s, strings.ToUpper))
		assert.Equal(t, want.Split(s, -1), pair.Split(s, -1))
	}
}

func TestRegexpGet(t *testing.T) {
	r := Regexp{Expr: "^a+$"}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { assert.True(t, r.MatchString("aaa")) })
	}
	all.Wait()
	assert.Same(t, r.Get(), r.Get(), "it is compiled once")
	bad := Regexp{Expr: "("}
	assert.Panics(t, func() { bad.Get() })
}
