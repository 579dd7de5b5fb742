// Package manifest reads and writes the two documents of the publish and update flow, both JSON.
//
// The developer's configuration (Config) names libraries and, for each platform, an expected version:
//
//	{
//	  "$excludeNewer": "2026-11-22",
//	  "lxml": {"expectedVersions": {"windows": "4.9.2", "darwin": ">4.6", "darwinbigsur": "latest"}},
//	  "requests[socks]": {"expectedVersions": {"windows": "latest"}}
//	}
//
// A bare version means "==" it, any PEP 440 specifier set is allowed, and "latest" is the newest final release, not yanked, that the platform's Python
// and machines can use. Keys with a dollar sign are settings, which no project can be called: $excludeNewer, $overrides, $indexes, $wheels
// and $launchers. The last says on which platforms bundles have programs that start their console_scripts and gui_scripts (venv/launcher), by the interpreter as it lies as
// seen from the python folder. For Windows it names the wheel with what these programs begin with, which comes from the indexes and is held to its hash:
//
//	"$launchers": {
//	  "python": {"windows": "../python.exe", "darwin": "../../bin/python3"},
//	  "stubs": {"wheel": "distlib-….whl", "sha256": "…"}
//	}
//
// The update configuration (Manifest) is what clients read: library, then platform, then the version and the bundle that holds it. "$meta" says which
// release it is and for what platforms it was made; Meta, Leaf and Bundle give the fields. Where one bundle serves every machine of a platform it stands
// in the leaf itself; else the leaf has "variants", so that a client that knows no variants never takes the wrong one. The plain form has no "$meta" and
// no variants: a platform of several bundles is split into one platform for each tag (windows-win32, windows-win_amd64).
//
// Both are read strictly, as they may come from anywhere: duplicate keys, keys that differ only in case, numbers with a fraction, strings that are
// not UTF-8, unknown fields (but in $meta and in leaves, where a later version may add some) and input beyond the limits are errors. All problems come at once as
// a *SyntaxError, each with line and column. Names of libraries are compared after normalisation (PEP 503).
//
// "$meta" may stage a release: {"rollout": {"percent": 25, "salt": "42"}} is for a quarter of the clients that have an earlier one (Rollout).
//
// A url is absolute (http or https, without user info or fragment) or relative to the update configuration's own address. A relative one may begin with one
// "../", as bundles lie beside the channel's folder (../sha256/ab/<hex>.zip), and has no other "..", no query and no escapes: it can't leave the store.
//
// What is written is canonical: the same content gives the same bytes on every host.
package manifest
