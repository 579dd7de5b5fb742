package durable

import "golang.org/x/sys/unix"

func exchangeAt(adir int, a string, bdir int, b string) error {
	return unix.RenameatxNp(adir, a, bdir, b, unix.RENAME_SWAP)
}
