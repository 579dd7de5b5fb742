//go:build !unix

package index

import "os"

// readOnly opens a file to be read.
const readOnly = os.O_RDONLY
