// Package offline carries a release to machines without network: Export writes one zip, and there the trust.Client and the bundle.Updater that work online
// read it through an Archive. Nothing else is trusted, so it does not matter who carried the zip.
//
//	_, err := offline.Export(ctx, file, client, fetcher, "windows") // where there is a network; client is a *trust.Client
//
//	a, err := offline.Open("update.zip") // where there is none
//	defer a.Close()
//	u := &bundle.Updater{Fetcher: a, Source: &trust.Client{Root: root, Dir: dir, Channel: "stable", Mirrors: []trust.Mirror{a.Mirror()}, RoundTripper: a}, …}
//
// The Client's folder should be the one of its online runs, if there are any: an archive older than what was trusted is trust.ErrRollback. Metadata expires in a zip too;
// trust.Client's MaxStaleness says how long it counts nevertheless.
//
// # The archive
//
// It is laid out as a store is, so that it is a mirror when it is unpacked below a web server's folder:
//
//	metadata/1.root.json …           every root, so that applications of any age come along
//	metadata/timestamp.json, metadata/7.snapshot.json, metadata/3.targets.json, metadata/5.stable.json
//	stable/<sha256>.update.json      the update configuration
//	sha256/ab/<sha256>.zip           the bundles of the platforms that were asked for
//
// All entries are stored, sorted and without dates: the same release gives the same bytes everywhere. Open refuses what breaks a rule of internal/archive, has a bundle under
// another name, or exceeds MaxFiles, MaxMetadata or MaxSize, before anything of it is used.
package offline
