package pep440

import "testing"

// The versions of one project, in the spellings that indexes hold.
var benchVersions = []string{"1.26.4", "2.0.0rc1", "2024.1.15.1", "0.9.post2", "3.0.dev20240115", "1.0+cu118", "4.9.2", "10.20.30"}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for i := range b.N {
		if _, err := Parse(benchVersions[i%len(benchVersions)]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseFinal(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		if _, err := Parse("1.26.4"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompare(b *testing.B) {
	v, w := MustParse("1.26.4"), MustParse("1.26.5rc1")
	b.ReportAllocs()
	for range b.N {
		if v.Compare(w) >= 0 {
			b.Fatal("order")
		}
	}
}

func BenchmarkSpecifiersContains(b *testing.B) {
	s, v := MustParseSpecifiers(">=1.22,<2.0,!=1.24.*"), MustParse("1.26.4")
	b.ReportAllocs()
	for range b.N {
		if !s.Contains(v) {
			b.Fatal("not contained")
		}
	}
}

func BenchmarkParseSpecifiers(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		if _, err := ParseSpecifiers(">=1.22,<2.0,!=1.24.*"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRangeIntersect(b *testing.B) {
	for _, c := range []struct{ name, r, t string }{
		{"subset", ">=1.0,<2.0,!=1.5", ">=0.5"},
		{"overlap", ">=1.0,<2.0", ">=1.5,<3.0"},
		{"disjoint", ">=1.0,<2.0", ">=2.0,<3.0"},
	} {
		b.Run(c.name, func(b *testing.B) {
			r, t := MustParseSpecifiers(c.r).Range(), MustParseSpecifiers(c.t).Range()
			b.ReportAllocs()
			for range b.N {
				_ = r.Intersect(t)
			}
		})
	}
}

func BenchmarkRangeComplement(b *testing.B) {
	r := MustParseSpecifiers(">=1.0,<2.0,!=1.5").Range()
	b.ReportAllocs()
	for range b.N {
		_ = r.Complement()
	}
}
