// Package index reads package indexes: Client over HTTP, Dir over local folders, FirstOf over several, Pinned where projects have an index of their own, and
// Fetcher for the files themselves.
//
// # Pages
//
// A project's page is {index}/{name}/. It is asked for as JSON (PEP 691, with PEP 700's size and upload-time) and read as HTML (PEP 503) where the server has
// no other. Of several indexes the first that knows the project wins, and its word alone counts: a name that somebody else took on a later index
// is never looked at (dependency confusion). An index that fails is an error, not one that does not know. Pinned says of single projects which index they come from, and has
// no other asked.
//
// Files whose name is neither a wheel's nor an sdist's, or another project's, are left out; so are addresses that are not http or https, and http ones on an https page. An invalid
// requires-python is as none (as pip has it); core-metadata goes before dist-info-metadata (PEP 714); yanked in JSON is true or a reason that is not
// empty, in HTML the attribute's presence, whatever its value (PEP 592).
//
// # Metadata
//
// Where the index offers METADATA beside the wheel (PEP 658) it is fetched and its hash checked. Else the wheel's last TailSize bytes are fetched in one request; METADATA is in
// there more often than not, and one more range brings it where it is not. A server without ranges gives the whole wheel, which goes into the cache.
//
// METADATA is kept by its wheel's sha256. What did not come out of a verified wheel is provisional, and known only to the index that said it. When a Fetcher with the same
// Cache has verified the wheel, the two are compared in full, by their sha256: a difference is a *MetadataMismatchError, and the wheel's own word is kept from then on.
//
// # Cache
//
// A Cache is a folder that any number of processes use at once without locks: every file is written aside and renamed into place, carries CRC-32Cs of its content (or is named by
// its sha256), and is taken for absent when they do not hold. Pages live as long as the server says (Cache-Control: max-age, no-cache, no-store) and, where it says nothing, for Client.PageTTL;
// later they are asked for again with If-None-Match or If-Modified-Since. Wheels and METADATA never change under their sha256, so they live for ever. Deleting the folder is safe, but for what is Offline at that moment. A new version of this package
// may keep things in another form, in folders of another number; when it makes those it removes the folders for older forms.
//
// What is kept of a page is its files in a binary form, sorted by version, so that nobody parses the page again; of METADATA what resolving needs. What a choice among the files looks at
// stands first in that form, once for all releases that have it in common, and Client.Listing reads no more of it: an address and hashes are read out of the page's file when a file is
// asked for. Where the page was renewed meanwhile they are those of the renewed page; where its file is gone or damaged the page is fetched again, and Offline the file is one that
// nothing can be fetched by. Client.Project reads all.
//
// # Answers
//
// [Recall] is a Resolver that also keeps what it answered, with the stamps (size, time, inode) of the pages that it looked at. Asked the same again while these pages are fresh and their files
// the same, it resolves over what it chose then, which has the same outcome and looks at no page.
//
// # Offline
//
// With Offline set, Client and Fetcher answer from the Cache, however old a page is, and send nothing. What the Cache does not have is an *OfflineError, never "not found": of several indexes
// the next one is not asked instead. An index that did not know a project when it was last asked is taken at that word; online it is asked again each time.
package index
