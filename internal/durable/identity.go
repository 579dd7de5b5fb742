package durable

// Identity tells one file or folder of a volume from every other, through renames and restarts. The zero Identity is unknown.
type Identity struct {
	Volume uint64 `json:"-"` // of this boot only
	File   uint64 `json:"file,omitempty"`
}

// IsZero reports whether the identity is unknown.
func (i Identity) IsZero() bool { return i.File == 0 }
