package api

import "fmt"

// Limits of what Read takes. Write refuses what Read would.
const (
	MaxFile    = 32 << 20  // bytes as written
	MaxText    = 64 << 20  // bytes once decompressed
	MaxMemory  = 256 << 20 // bytes that the Index takes, about
	MaxNesting = 16        // classes within classes
)

// magic begins the text; its number changes with the form.
const magic = "chandlery api index 1\n"

// FormatError says why a text is no Index, or why an Index cannot be written.
type FormatError struct {
	Offset int // in the decompressed text; 0 of one that is written
	Reason string
}

func (e *FormatError) Error() string {
	if e.Offset == 0 {
		return "api index: " + e.Reason
	}
	return fmt.Sprintf("api index: at byte %d: %s", e.Offset, e.Reason)
}

// Bits of a symbol's first byte, above its kind.
const (
	kindBits    = 3
	instanceBit = 4
	sigBit      = 8
	classBit    = 16
	targetBit   = 32
)

// Bits of a class's and a module's flags, of a call's, and of a parameter's above its kind.
const (
	dynamicBit = 1
	packageBit = 2

	starBit     = 1
	starStarBit = 2

	defaultBit = 8
)
