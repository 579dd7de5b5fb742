// Package inflate decompresses DEFLATE (RFC 1951), for the files of zips. It accepts and refuses what compress/flate does, which a fuzz target holds it to, and takes about half of its time:
//
//   - It keeps 56 bits or more of input in a register, filled eight bytes at a time, where compress/flate takes byte after byte. That is enough for a whole length and distance with their extra bits, so it asks once for each, and looks up what comes next before it fills the register again.
//   - A table of 1024 entries gives most symbols at once, with how many bits they take, extra ones too, and the base that these are added to; longer codes take a second look.
//   - Copies go by sixteen bytes, then word by word, past their end where that is overwritten next.
//
// Memory is some 150 KiB for each Reader, whatever the input; a Reader is used again with Reset.
package inflate
