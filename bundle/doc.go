// Package bundle publishes Python libraries for several platforms from one host, and keeps an application's python folder at what was published. No Python is
// used for either.
//
// A bundle is one library as it stands after its wheel was installed for one platform, as an archive: sys.path's folder is its root, .data is spread below
// it (bin, include, share), INSTALLER and a true RECORD are added. An update configuration (manifest.Manifest) says which bundles each platform's clients
// must hold.
//
// Publisher takes a developer's configuration (manifest.Config) and
//
//  1. resolves every platform, with the dependencies of what is listed;
//  2. fetches each distinct wheel once, and verifies its hash, its structure and every file against its RECORD;
//  3. lays it out, with programs for its scripts where the configuration asks for such (venv/launcher), and packs it; equal bytes are stored once, under their sha256, and shared between platforms.
//     A bundle by Zip is written down in the Store alone: it is packed once for its size and sha256, and again as the Store reads it, which compares;
//  4. composes the update configuration and, if it says anything new, releases it: last, and in one step.
//
// "latest" in a configuration is a requirement without a version: the newest final release that the platform can use and that the other requirements admit.
// Where those hold it back, Row.HeldBack says so.
//
// Updater takes the newest update configuration and brings a python folder to it: what is absent or differs is installed, what was dropped is
// removed, and nobody else's files are touched.
//
// What varies is an interface of one or three methods: a Packager makes archives (Zip), a Store keeps them, a Sink releases update configurations, a Source
// gives the newest (all three over directories and HTTP in bundle/store). Package bundletest checks other implementations of them.
//
// What goes wrong is an *Error, or Errors where there are several, with library, platform and step; KindOf classifies any error.
package bundle
