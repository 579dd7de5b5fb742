//go:build !unix

package pyast

import (
	"os"
	"os/exec"
)

func ownGroup(*exec.Cmd) {}

// killGroup kills the command; the interpreter starts no other.
func killGroup(p *os.Process) { _ = p.Kill() }
