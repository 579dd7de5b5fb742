// Command snapshot copies the releases data that the library embeds: series_status.yaml and the deliverables of OpenStack's releases repository, and
// the upper-constraints of its requirements repository, both under the Apache License 2.0.
//
//	go run ./internal/snapshot -from FOLDER
//
// FOLDER has openstack-releases/{data,deliverables} and upper-constraints. The old snapshot is replaced as a whole.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
)

const into = "data"

func main() {
	from := flag.String("from", "", "folder with openstack-releases and upper-constraints")
	flag.Parse()
	if *from == "" {
		log.Fatal("name the folder to copy from with -from")
	}
	if err := snapshot(*from); err != nil {
		log.Fatal(err)
	}
}

func snapshot(from string) error {
	if err := os.RemoveAll(into); err != nil {
		return err
	}
	for to, source := range map[string]string{
		"data":              "openstack-releases/data",
		"deliverables":      "openstack-releases/deliverables",
		"upper-constraints": "upper-constraints",
	} {
		if err := os.CopyFS(filepath.Join(into, to), os.DirFS(filepath.Join(from, source))); err != nil {
			return fmt.Errorf("copy %s: %w", source, err)
		}
	}
	return nil
}
