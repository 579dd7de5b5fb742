package chaos

import "math/rand/v2"

// Fault is what happens to a request.
type Fault int8

const (
	Any        Fault = iota // what the seed chooses
	None                    // nothing
	Drop                    // the connection breaks before an answer
	Stall                   // no answer comes
	StallBody               // the answer stops in the middle
	Drip                    // the answer comes byte by byte
	Truncate                // the connection breaks in the middle of the answer
	Shorten                 // the answer ends early, and in good order
	Lengthen                // more bytes come than the file has
	Corrupt                 // a byte is another
	Swap                    // another page is answered, as a captive portal does
	Busy                    // 429 or 503, to be asked again in hours
	Fail                    // 500, 502, 504 or 404
	Redirect                // to another host
	Loop                    // redirected to itself
	OtherRange              // a range is answered that was not asked for; else as None
	NoRange                 // a range is not heeded; else as None
	faults
)

var faultNames = [faults]string{"any", "none", "drop", "stall", "stall-body", "drip", "truncate", "shorten", "lengthen", "corrupt", "swap", "busy", "fail", "redirect", "loop",
	"other-range", "no-range"}

func (f Fault) String() string { return faultNames[f] }

// Faults lists all but Any and None.
func Faults() []Fault {
	all := make([]Fault, 0, faults-Drop)
	for f := Drop; f < faults; f++ {
		all = append(all, f)
	}
	return all
}

// choose is the n-th request's fault. A seed has a mood: how often something happens, and what.
func (p *Proxy) choose(address string, n int) (Fault, *rand.Rand) {
	mood := rand.New(rand.NewPCG(p.Seed, 0))
	often := 0.1 + 0.5*mood.Float64()
	several := Faults()
	mood.Shuffle(len(several), func(i, j int) { several[i], several[j] = several[j], several[i] })
	several = several[:1+mood.IntN(len(several))]
	rng := rand.New(rand.NewPCG(p.Seed, digest(address)+uint64(n)))
	if p.Only != Any {
		return p.Only, rng
	}
	if rng.Float64() >= often {
		return None, rng
	}
	return several[rng.IntN(len(several))], rng
}

// digest is FNV-1a, which is the same in every process.
func digest(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
