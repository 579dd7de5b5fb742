// Package wheel reads wheels (PyPA "Binary distribution format", PEP 427), verifies them, gives the tree that installing one makes, and reads
// what is installed in a folder (PyPA "Recording installed projects", PEP 376 and 627).
//
//	w, err := wheel.Open(blob, blob.Size(), "demo-1.0-py3-none-any.whl") // structure
//	err = w.Verify(ctx)                                                  // contents, by RECORD
//	tree, err := w.Layout(wheel.FlatScheme(), "chandlery")               // an fs.FS as it stands after install
//
// A wheel is hostile until checked. Open holds the zip to the rules of internal/archive, then asks for one .dist-info at the top whose
// name and version are the file name's, at most one .data folder of the same name with parts that are known, a WHEEL of major version 1 and
// a METADATA that says what the file name says. Verify asks that RECORD lists each file but itself and its signatures (RECORD.jws,
// RECORD.p7s, which are never trusted) once, under the name that the zip has, with its size and its sha256, sha384 or sha512 in urlsafe
// base64 without padding, and nothing else; "./a" is a. What is wrong comes as one *FormatError with every violation. pip and uv do not
// check, so some wheels that they install are refused here; Heal gives such a wheel a true RECORD and says what was wrong with its own.
//
// Layout does not touch a byte of what it takes over: the tree can be copied raw into another zip. It depends on the wheel's bytes,
// the scheme and the installer's name alone.
//
//   - Files at the top go where Root-Is-Purelib says, parts of .data by the Scheme. Two files on one path are a *FormatError, as are
//     names that differ only where some file system does not.
//   - Bytecode that the wheel ships in __pycache__ is left out: it may be of another interpreter. So are its INSTALLER, REQUESTED,
//     direct_url.json and the signatures of its RECORD, which are about another installation.
//   - INSTALLER and a RECORD of all files are added, sorted, with sha256 and size.
//   - Scripts get the execute bit and keep their first line "#!python": no interpreter is known yet. entry_points.txt stays, and no
//     launcher is made of it: whoever makes some (venv/launcher) gives them to LayoutWith.
package wheel
