// Package store has what bundles and update configurations are kept in and read from: a directory, and any web server that serves it.
//
//	<path>/sha256/ab/<hex>.zip         bundles, by the sha256 of their bytes; never changed once there
//	<path>/<channel>/update.json       the update configuration that clients read
//	<path>/<channel>/update.next.json  one that is staged and not live yet
//	<path>/<channel>/update.plain.json the live one in the plain form, where asked for
//	<path>/<channel>/releases/42.json  every release, by its sequence
//
// Dir is the bundle.Store, Channel the bundle.Sink and bundle.Source, HTTPSource the bundle.Source over http(s), and Handler serves a directory.
// Stores that are no directory, as an object storage (bundle/store/s3), lie out the same names: they implement Files, Lister and Remover, over which
// FileChannel is the Sink and Source, History reads what was released, and Collector removes what no kept release names.
// An update configuration here is unsigned: whoever can write the store decides what clients run. Channel and HTTPSource therefore demand
// InsecureUnsigned.
//
// Every file is written beside its place, synced, and renamed, so a kill leaves the old file or the new one. The lock that the Puts of a Dir have in common is held
// only to look and rename: they write and sync side by side. An object that is there already is read and hashed every time, as its name proves nothing. Names that begin with a
// dot are the store's own: locks, and temporary files, which are removed a day after a kill left them.
package store
