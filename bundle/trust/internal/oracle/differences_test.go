package oracle

import "regexp"

// seen ends what was done to a repository that is shown to clients which have seen the base's first state.
const seen = "; seen before"

const (
	late     = "what is malformed is refused here at once, there when it is needed"
	aside    = "a key that can't be used never counts here; there the file or the role is refused"
	further  = "a further role in root is passed over here; there the file is refused"
	unknown  = "a hash of an unknown kind beside a known one is passed over here; there the file is refused"
	lost     = "a removed key of the timestamp or the snapshot makes both forgotten (5.3.11); there the old timestamp binds"
	rollback = "root rollback: go-tuf starts from the application's root again, and believes a mirror that hides a newer one"
	prefixes = "go-tuf compares path_hash_prefixes with base64, so it does not ask the role"
	anew     = "go-tuf verifies what it writes anew, which has a default where what was signed has nothing"
)

// differences are those that are meant, by what one side says where the other installs.
var differences = []struct {
	peer         string // "": either
	ours, theirs string // regular expressions for the error of the side that refuses; one of them is empty
	what         string // for what was done
	why          string
}{
	{"", `stands twice in an object`, "", "", "a key twice in an object: they take the last"},
	{"", `unknown field`, "", "", "a name in another case beside the right one: python passes it over, go-tuf takes either"},
	{"", `is no integer of 64 bits`, "", "", "a number that canonical JSON lacks, in the unsigned part"},
	{"", `nested more than`, "", "", "nested deeply, in the unsigned part"},
	{"", `is no name of a metadata file|\.custom: must be an object|\.(keyids|path_hash_prefixes): must be a list|is not followed by its hash`, "", "", late},
	{"", `snapshot\.json: not verified: its `, "", "", "they take a kept snapshot of the announced version, whatever hash was announced"},

	{"python-tuf", `\.paths: must be a list|must be true or false`, "", "", late},
	{"python-tuf", `must be an integer`, "", "", "to python true is 1 and false is 0"},
	{"python-tuf", `timestamp\.json: signed by 0`, "", `timestamp\.json: signed\.meta`, "python drops what it does not know of a timestamp's meta before it verifies, so that may be unsigned"},
	{"python-tuf", "", `nsupported public key|public key string required`, "", aside},
	{"python-tuf", "", `Role names must be the top-level|'int' object has no attribute 'pop'`, "", further},
	{"python-tuf", "", `Unsupported algorithm`, "", unknown},
	{"python-tuf", "", `BadVersionNumberError: New timestamp version`, "", lost},
	{"python-tuf", "", `UnsignedMetadataError: snapshot was signed by`, `timestamp\.json: signed\.version`, lost},

	{"go-tuf", `.`, "", `2\.root\.json is gone.*` + seen, rollback},
	{"go-tuf", "", `Verifying (snapshot|timestamp) failed`, `2\.root\.json is gone.*` + seen, rollback},
	{"go-tuf", `demo\.prefixed`, "", "", prefixes},
	{"go-tuf", `does not have the role|no such target`, "", `signed\.delegations\.roles\[0\]\.(name|terminating)`, prefixes},
	{"go-tuf", `\.version: must be 1 or more`, "", "", "go-tuf takes a version below 1"},
	{"go-tuf", `is not one that this program reads`, "", "", "go-tuf does not look at spec_version"},
	{"go-tuf", `of the role's keys where`, "", `\.scheme`, "go-tuf does not look at a key's scheme"},
	{"go-tuf", `stands there twice`, "", "", "a key id or a delegation twice: go-tuf counts one, or takes the first"},
	{"go-tuf", `\.signatures\.(keyid|sig): must be a string|names more than snapshot\.json|\.targets: must be an object|\.roles\.threshold: must be 1 or more|must have either paths`, "", "", late},
	{"go-tuf", `\.keys\.\w+: must be an object|\.length: must be 0 or more|\.meta\.snapshot\.json: must be an object`, "", "", late},
	{"go-tuf", "", `key with ID|unsupported public key type`, "", aside},
	{"go-tuf", "", `^(PEM|asn1|x509|P256|invalid (ecdsa|rsa) )`, `signed\..*keys\.`, aside},
	{"go-tuf", "", `encoding/hex: |invalid JSON hex bytes`, "", "a signature or a key that is no hex never counts here; there the file is refused"},
	{"go-tuf", "", `cannot unmarshal`, `signed\.roles`, further},
	{"go-tuf", "", `unknown hashing algorithm`, "", unknown},
	{"go-tuf", "", `canonicalize floating point`, "", "to go-tuf a large number in a further field is a floating point one"},
	{"go-tuf", "", `new timestamp version`, "", lost},
	{"go-tuf", "", `Verifying snapshot failed`, `timestamp\.json: signed\.version`, lost},
	{"go-tuf", "", `Verifying (root|targets) failed`, `\.keyval|root\.json: text, a byte|without signed\.consistent_snapshot`, anew},
	{"go-tuf", "", `^panic: ed25519: bad public key length`, `signed\..*keys\.`, "a key of a wrong length never counts here; go-tuf panics"},
}

// known is the reason of the listed difference; "" for none.
func known(peer string, our, their result, what string) string {
	for _, d := range differences {
		says, err := d.ours, our.err
		if says == "" {
			says, err = d.theirs, their.err
		}
		if (d.peer == "" || d.peer == peer) && err != nil && (our.err == nil) != (their.err == nil) && matches(says, err.Error()) && matches(d.what, what) {
			return d.why
		}
	}
	return ""
}

func matches(expression, text string) bool { return regexp.MustCompile(expression).MatchString(text) }
