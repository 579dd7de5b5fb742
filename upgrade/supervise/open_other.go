//go:build !unix

package supervise

import "os"

func openRegular(path string) (*os.File, error) { return os.Open(path) }
