package venv

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"strconv"
	"strings"

	"github.com/chandlery-go/chandlery/venv/wheel"
)

// maxIndex bounds the index of a store's entry, in bytes.
const maxIndex = 64 << 20

const indexHead = "chandlery wheel 1"

var errIndex = errors.New("the store's entry is damaged")

var indexTable = crc32.MakeTable(crc32.Castagnoli)

// formatIndex writes the contents of a wheel, a line each; a tab separates fields, which no name of a wheel can hold:
//
//	chandlery wheel 1
//	wheel  FILE  DIST-INFO  DATA  PURELIB
//	point  GROUP  NAME  MODULE  ATTR           scripts alone
//	file   NAME  HASH  SIZE  EXECUTABLE  TIME  nanoseconds since 1970
//	crc    CRC-32C of all before
func formatIndex(c *wheel.Contents) []byte {
	b := fmt.Appendf(nil, "%s\nwheel\t%s\t%s\t%s\t%t\n", indexHead, c.File, c.DistInfo, c.Data, c.Purelib)
	for _, p := range c.EntryPoints {
		if p.IsScript() {
			b = fmt.Appendf(b, "point\t%s\t%s\t%s\t%s\n", p.Group, p.Name, p.Module, p.Attr)
		}
	}
	for _, f := range c.Files {
		b = append(append(append(append(b, "file\t"...), f.Name...), '\t'), f.Hash...)
		b = strconv.AppendInt(append(b, '\t'), f.Size, 10)
		b = strconv.AppendBool(append(b, '\t'), f.Executable)
		b = append(strconv.AppendInt(append(b, '\t'), f.Time, 10), '\n')
	}
	return fmt.Appendf(b, "crc\t%08x\n", crc32.Checksum(b, indexTable))
}

// parseIndex reads it. A store is its user's, yet damage of a disk must not reach an environment.
func parseIndex(text []byte) (*wheel.Contents, error) {
	at := bytes.LastIndex(text, []byte("crc\t"))
	if at < 0 || string(text[at:]) != fmt.Sprintf("crc\t%08x\n", crc32.Checksum(text[:at], indexTable)) {
		return nil, errIndex
	}
	rest, ok := bytes.CutPrefix(text[:at], []byte(indexHead+"\n"))
	if !ok {
		return nil, errIndex
	}
	lines := strings.Split(strings.TrimSuffix(string(rest), "\n"), "\n")
	c := &wheel.Contents{Files: make([]wheel.ContentsFile, 0, len(lines))}
	for _, line := range lines {
		kind, line, _ := strings.Cut(line, "\t")
		switch kind {
		case "wheel":
			fields := strings.Split(line, "\t")
			if len(fields) != 4 {
				return nil, errIndex
			}
			c.File, c.DistInfo, c.Data, c.Purelib = fields[0], fields[1], fields[2], fields[3] == "true"
		case "point":
			fields := strings.Split(line, "\t")
			if len(fields) != 4 {
				return nil, errIndex
			}
			c.EntryPoints = append(c.EntryPoints, wheel.EntryPoint{Group: fields[0], Name: fields[1], Module: fields[2], Attr: fields[3]})
		case "file":
			f, err := parseIndexFile(line)
			if err != nil {
				return nil, err
			}
			c.Files = append(c.Files, f)
		default:
			return nil, errIndex
		}
	}
	if c.File == "" {
		return nil, errIndex
	}
	return c, nil
}

func parseIndexFile(line string) (f wheel.ContentsFile, err error) {
	name, rest, _ := strings.Cut(line, "\t")
	hash, rest, _ := strings.Cut(rest, "\t")
	size, rest, _ := strings.Cut(rest, "\t")
	executable, at, ok := strings.Cut(rest, "\t")
	if !ok || !fs.ValidPath(name) || name == "." {
		return f, errIndex
	}
	n, err1 := strconv.ParseInt(size, 10, 64)
	time, err2 := strconv.ParseInt(at, 10, 64)
	if err1 != nil || err2 != nil || n < 0 {
		return f, errIndex
	}
	return wheel.ContentsFile{Name: name, Hash: hash, Size: n, Executable: executable == "true", Time: time}, nil
}
