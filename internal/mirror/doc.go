// Package mirror serves a package index on the loopback interface out of a folder that it fills by itself, so that clients are compared on the same
// answers, again and again, without the network. It is for measurements and tests of this module; nothing in the library imports it.
//
//	s := &mirror.Server{Dir: dir, URLs: []string{"https://index.example/simple"}}
//	http.Serve(loopback, &mirror.Link{Handler: s, Latency: 20 * time.Millisecond})
//
// # Addresses
//
//	/simple/{project}/                    the page, JSON (PEP 691, 700) or HTML (PEP 503) as Accept says
//	/files/{project}/{file}               a wheel or an sdist
//	/files/{project}/{file}.metadata      METADATA of it (PEP 658)
//
// Addresses on pages are relative, so a folder serves from any port. A page has what index.Client tells of it: files whose name is neither a wheel's nor an
// sdist's are left out, and each says its hashes, size, upload time, Requires-Python and whether it is yanked.
//
// # What it plays
//
// The zero switches are the public index: METADATA beside every wheel, ranges, strong ETags, Cache-Control, gzip on pages. Each can be turned off, as real
// indexes lack one or another. Before hides the files that were uploaded later, so that answers stay what they were. METADATA that the index behind does not
// offer is read out of the wheel, by ranges where that can be done. Link in front adds latency and a bound on bandwidth.
//
// # The folder
//
//	pages/{project}.json     the page, with the addresses on the index behind it
//	metadata/{ab}/{sha256}   METADATA by its wheel's sha256
//	files/                   an index.Cache
//
// What is recorded is never asked for again: remove the folder for a new look at the index. Offline nothing is asked for at all; what is not recorded is then
// 404, and counted. Files are written whole or not at all; several servers may use one folder. Memory is bounded by MaxHeld, and a little for each file
// that was asked for.
package mirror
