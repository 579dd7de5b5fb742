package manifest

// Limits of what is read. Input beyond one is refused before memory is spent on it.
const (
	MaxConfig   = 4 << 20  // bytes of a developer's configuration or a platforms file
	MaxManifest = 16 << 20 // bytes of an update configuration
	MaxDepth    = 16       // JSON values within each other
	MaxValues   = 1 << 18  // JSON values in all
	MaxProblems = 100      // problems that are listed

	MaxURL       = 4096      // bytes of a url
	MaxWord      = 64        // bytes of a channel's, platform's or format's name
	MaxText      = 1024      // bytes of any other single text: a version, a tag, a file name
	MaxTags      = 16        // platform tags of a platform
	MaxSize      = 1 << 36   // bytes of a bundle
	MaxUnpacked  = 1 << 38   // bytes of a bundle's files together
	MaxFiles     = 100_000   // files of a bundle
	MaxSequence  = 1<<53 - 1 // every JSON reader can hold it
	MaxLibraries = 10_000    // libraries of one configuration
	MaxRequires  = 1_000     // libraries that one library needs directly
)
