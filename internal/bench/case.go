package main

// A benchmark is one line of work and those who do it: the first contender is Chandlery, the others are what it is held against.
type benchmark struct {
	Name       string
	Contenders []contender
	Limits     []limit // of the first contender's time
	Where      place
}

// contender does the work in its way.
type contender struct {
	Name    string
	Prepare func(*site) error // not measured; may be nil
	Run     func(*site) (usage, error)
}

// warmed is a contender that lets other work be done right before the measure, where that is to be warm: a page counts for ten minutes only.
func warmed(t temperature, by contender, c contender) contender {
	if t == cold {
		return c
	}
	prepare := c.Prepare
	c.Prepare = func(s *site) error {
		if err := prepare(s); err != nil {
			return err
		}
		_, err := by.Run(s)
		return err
	}
	return c
}

// limit says that the first contender's time is to be at most so many times another's; without another, so many seconds.
type limit struct {
	Of     string // a contender's name
	AtMost float64
	Peak   bool   // of memory, in place of time
	On     string // mirror or index, where it does not hold on both
}

// place says where a benchmark means something.
type place int8

const (
	everywhere place = iota
	mirrorOnly
	indexOnly
	noNetwork // once, not for each latency
)

// benchmarks are all lines of the table, in its order.
func benchmarks() []benchmark {
	var all []benchmark
	all = append(all, multi5Benchmarks()...)
	for _, set := range []string{"trio", "jupyter", "cinder"} {
		all = append(all, setBenchmarks(set)...)
	}
	all = append(all, venvBenchmark(), startBenchmark())
	all = append(all, insideBenchmarks()...)
	all = append(all, rawBenchmarks()...)
	return all
}
