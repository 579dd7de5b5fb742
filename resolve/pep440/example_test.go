package pep440_test

import (
	"fmt"

	"github.com/chandlery-go/chandlery/resolve/pep440"
)

func ExampleVersion_Compare() {
	v, w := pep440.MustParse("1.9.6-1"), pep440.MustParse("1.9.6")
	fmt.Println(v, v.Compare(w))
	// Output: 1.9.6.post1 1
}

func ExampleSpecifiers_Contains() {
	s := pep440.MustParseSpecifiers(">=1.6, <1.7")
	for _, text := range []string{"1.6.3", "1.7rc1", "1.6+local"} {
		fmt.Println(text, s.Contains(pep440.MustParse(text)))
	}
	// Output:
	// 1.6.3 true
	// 1.7rc1 false
	// 1.6+local true
}

func ExampleRange_Intersect() {
	wanted := pep440.MustParseSpecifiers("~=1.4.2").Range()
	offered := pep440.MustParseSpecifiers(">=1.5").Range()
	fmt.Println(wanted.Intersect(offered).IsEmpty(), wanted.Disjoint(offered))
	// Output: true true
}
