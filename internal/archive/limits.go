package archive

const (
	// DefaultFiles is how many entries an archive may have, folders' own entries included.
	DefaultFiles = 100_000
	// DefaultUnpacked is how many bytes an archive may unpack to. The largest wheels (GPU libraries) unpack to some 3 GiB.
	DefaultUnpacked = 8 << 30

	MaxName      = 200      // bytes of a path, so that it fits below a folder in Windows's 260 characters
	MaxDepth     = 64       // components of a path
	MaxDirectory = 64 << 20 // bytes of the central directory
	MaxRatio     = 200      // unpacked to compressed size; an entry above it counts against MaxSparse
	MaxSparse    = 64 << 20 // bytes that all entries above MaxRatio may unpack to, together
)

// Limits bound an archive; a zero field is the Default* constant.
type Limits struct {
	Files    int   // entries
	Unpacked int64 // bytes of all entries together
}

func (l Limits) orDefault() Limits {
	if l.Files == 0 {
		l.Files = DefaultFiles
	}
	if l.Unpacked == 0 {
		l.Unpacked = DefaultUnpacked
	}
	return l
}
