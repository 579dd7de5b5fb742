// Package corpus brings real wheels for the tests with the tag oracle: pure and compiled ones of several systems and of twelve years,
// made by a dozen build tools, among them some that are odd (wheels.txt says which). They come from the index that the host's pip is
// configured with, once, into a folder of the system's temporary folder.
package corpus
