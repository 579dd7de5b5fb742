package openstack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"

	"github.com/chandlery-go/chandlery/internal/durable"
)

// owner is the numeric ids of a user; -1 leaves as it is.
type owner struct{ uid, gid int }

var anyone = owner{-1, -1}

// lookupOwner finds a user of this host; "" is anyone.
func lookupOwner(name string) (owner, error) {
	if name == "" {
		return anyone, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return anyone, fmt.Errorf("the services' user: %w", err)
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	return owner{uid, gid}, errors.Join(err1, err2)
}

func mkdirOwned(root *os.Root, name string, perm fs.FileMode, o owner) error {
	if err := root.Mkdir(name, perm); err != nil {
		return err
	}
	if err := root.Chmod(name, perm); err != nil {
		return err
	}
	return chown(root, name, o)
}

func chown(root *os.Root, name string, o owner) error {
	if o == anyone {
		return nil
	}
	return root.Lchown(name, o.uid, o.gid)
}

// writeOwned replaces a file as a whole, durably; nobody else could read it at any time.
func writeOwned(root *os.Root, name string, b []byte, perm fs.FileMode, o owner) error {
	t, err := durable.Create(root, name, 0o600)
	if err != nil {
		return err
	}
	_, err = t.Write(b)
	if err == nil && o != anyone {
		err = t.Chown(o.uid, o.gid)
	}
	if err == nil {
		err = t.Chmod(perm)
	}
	if err != nil {
		return errors.Join(err, t.Discard())
	}
	return t.Commit()
}
