package metadata

// Limits of what is read. Input beyond one is refused before memory is spent on it.
const (
	MaxRoot      = 512 << 10 // bytes of a root file
	MaxTimestamp = 16 << 10  // bytes of a timestamp file
	MaxSnapshot  = 2 << 20   // bytes of a snapshot file of which the timestamp doesn't tell the length
	MaxTargets   = 5 << 20   // bytes of a targets file of which the snapshot doesn't tell the length; and of any file
	MaxDepth     = 32        // JSON values within each other
	MaxValues    = 1 << 17   // JSON values in all

	MaxRoleName    = 80      // bytes of a delegated role's name
	MaxPath        = 1 << 10 // bytes of a target's path or a pattern of paths
	MaxKeys        = 1 << 10 // keys of a file, or of a role
	MaxSignatures  = 64      // signatures of a file
	MaxDelegations = 1 << 12 // roles that one targets file delegates to
)

// Names of the top-level roles, as Root.Roles and the files' "_type" have them. A delegated role's type is TargetsRole too.
const (
	RootRole      = "root"
	TimestampRole = "timestamp"
	SnapshotRole  = "snapshot"
	TargetsRole   = "targets"
)

// SpecVersion is what New writes as spec_version. Files are read whose major version is the same.
const SpecVersion = "1.0.34"

// Hash names that are known here. Others are passed over, but a file whose hashes are all unknown can't be verified.
const (
	SHA256 = "sha256"
	SHA512 = "sha512"
)
