// Package archive reads zip files that may be hostile, and writes them out as folders.
//
// Installers disagree about malformed zips, and whoever checks one with one reader and installs it with another can be shown two
// different archives. So Open does not repair, skip or guess: it reads the whole directory and every local header first and refuses a zip
// that breaks any of these rules, on every host by the union of what Windows, macOS and Linux refuse. All violations come together as
// one *FormatError.
//
//   - Z1 Names: relative, slash-separated, clean. No empty, "." or ".." component, no leading slash, no backslash, colon (drive, alternate
//     stream) or other character that Windows forbids, no control character, no component that ends in a dot or a space, no device name
//     of Windows (CON, PRN, AUX, NUL, COM0-9, COM¹²³, LPT likewise, CONIN$, CONOUT$), whatever its extension.
//   - Z2 No two names, folders included, that a case-insensitive, normalising (NFC, NFD) or code-point-ignoring file system takes for one.
//   - Z3 No name twice, not even with the same content.
//   - Z4 No file that is also a folder. A folder's own entry ("pkg/") may stand, if it is empty; it is not listed.
//   - Z5 Regular files and folders only: no symbolic link, pipe, socket or device; no file with setuid, setgid or sticky bit. An entry
//     without Unix mode is a regular file.
//   - Z6 Local header, directory and data descriptor say the same about name, method, flags, CRC-32 and sizes, and so does the content,
//     which is checked when it is read: it fills exactly its compressed bytes.
//   - Z7 No encryption, and none of the flags that change how an entry is read.
//   - Z8 No overlap: each byte belongs to one record at most.
//   - Z9 No gap: each byte belongs to a record, so nothing stands before, between, or after. One disk, a directory of just the length and
//     count that the end record says, no zip in a comment. ZIP64 is fine where all its copies of a value agree.
//   - Z10 Limits: Limits and the Max* constants. Entries that unpack to more than MaxRatio times their compressed size may not come to more
//     than MaxSparse bytes together. DEFLATE reaches 1032 times, so a bomb without overlap needs that much; a limit per entry would refuse
//     real wheels, where libraries padded for alignment and tables of test values grow 200 to 250 times.
//   - Z11 Names are UTF-8, and flagged as UTF-8 where they are not ASCII.
//   - Z12 Names are at most MaxName bytes.
//   - Z13 Entries are stored or deflated.
package archive
