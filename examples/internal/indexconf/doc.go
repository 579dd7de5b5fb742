// Package indexconf finds the package indexes that the user of this machine chose, and the way to reach them, as pip and uv would, so that no tool here contacts
// an index that nobody chose and everything that works with those clients works here.
//
// # Which indexes
//
// The first of these that names an index decides, alone:
//
//  1. the command line;
//  2. pip, where its environment names one: PIP_INDEX_URL, PIP_EXTRA_INDEX_URL, PIP_NO_INDEX;
//  3. uv, where its environment does: UV_DEFAULT_INDEX, UV_INDEX, UV_INDEX_URL, UV_EXTRA_INDEX_URL;
//  4. pip, where its files do (index-url, extra-index-url, no-index);
//  5. uv, where its files do (index, index-url, extra-index-url, no-index, find-links, sources);
//  6. pip, with the default of the one that is installed.
//
// What decides is a client, not a file: its environment and files then count together, by its own rules, and the other client's say nothing. So an index that one
// client was told of is never mixed with the other's default. pip goes before uv, as more machines are set up for it; the environment goes before files, as
// it is nearer to the user. With indexes on the command line none of the configuration's counts, find-links included.
//
// Extra indexes are asked before the main one, as uv does it and pip does not: the first index that knows a project wins, and what is private must not be taken
// from a public one.
//
//   - pip: a value of the environment goes before one of the files, the section of the command ([install], [download]) before [global] whatever their files, a later
//     file before an earlier one: the machine's, the user's, the virtual environment's, PIP_CONFIG_FILE. An empty value says nothing.
//   - uv: the nearest uv.toml, or pyproject.toml with [tool.uv], of the folder and its parents, the user's and the machine's are merged: lists are joined, of
//     all else the nearest counts; [pip] goes before the rest of its file. UV_CONFIG_FILE is read alone, UV_NO_CONFIG turns all off. An index that is explicit is
//     only for the projects that [tool.uv.sources] send there, and those go nowhere else.
//   - A project that the command line sends to an index (--index-of) comes from there and nowhere else, whoever names the other indexes.
//   - find-links are folders of this machine; pages of links are refused. Their files are candidates beside those of the indexes. A folder that is not there
//     counts for nothing, as in pip. With no-index they are all there is.
//
// # Who is asked for as whom
//
// For each index: what its address says; else UV_INDEX_NAME_USERNAME and UV_INDEX_NAME_PASSWORD for an index that uv knows by that name; else netrc (NETRC, or .netrc or
// _netrc at home), where a name in the address must be the entry's; else, for an address with a name and no password, keyring's command, if
// it was asked for (--keyring-provider, PIP_KEYRING_PROVIDER, keyring-provider, UV_KEYRING_PROVIDER: subprocess, or import, which is the same here). All
// other hosts, such as those that files lie on, get what netrc has for them by name. netrc's default entry, which pip and uv send to any host, is only for indexes
// that the user named, as else any page or redirect could ask for it.
//
// # The connection
//
// These count whoever names the indexes, pip's before uv's:
//
//   - the authorities to trust, in place of the system's: --cert, pip's cert, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE; else SSL_CERT_FILE and SSL_CERT_DIR. (UV_SYSTEM_CERTS
//     and UV_NATIVE_TLS say what is so anyhow.)
//   - the client certificate, a PEM file with certificate and key: --client-cert, pip's client-cert, SSL_CLIENT_CERT. It is shown to whichever server asks for one.
//   - the proxy: --proxy or pip's proxy, for everything; else HTTPS_PROXY, HTTP_PROXY and ALL_PROXY but for NO_PROXY. A loopback address has none then.
//   - trusted-host, allow-insecure-host and UV_INSECURE_HOST: a certificate is verified all the same. Where it does not hold, the error says that these do not count here.
//   - offline: --offline, UV_OFFLINE, or offline in uv's files where uv decides.
//
// # How new files may be
//
// PIP_UPLOADED_PRIOR_TO, else UV_EXCLUDE_NEWER, else uploaded-prior-to of pip's files, else exclude-newer of uv's, whoever names the indexes. A date means its local day: with pip
// files of that day are too new, with uv those of the next. exclude-newer-package does not count: say it to the command. What is published
// follows its configuration alone.
//
// # What may be chosen
//
// Constraints, pre-releases and required hashes: each in that order (PIP_CONSTRAINT, PIP_PRE, PIP_REQUIRE_HASHES; UV_CONSTRAINT, UV_PRERELEASE, UV_REQUIRE_HASHES; pip's files;
// uv's: constraint-dependencies, prerelease, require-hashes), whoever names the indexes; the first that says anything decides. UV_OVERRIDE, override-dependencies, UV_RESOLUTION and
// resolution are uv's alone. Paths count from the working folder, with blanks between them.
//
// So do kinds of files, wheels and sdists each on its own: PIP_NO_BINARY, PIP_ONLY_BINARY; UV_NO_BINARY, UV_NO_BINARY_PACKAGE, UV_NO_BUILD, UV_NO_BUILD_PACKAGE, which uv has for projects alone and which count here for
// all; pip's files; uv's: no-binary, no-binary-package, no-build, no-build-package, and only-binary of [pip]. What uv is told not to build is not taken as an sdist at all. And what sdists
// are built with: PIP_BUILD_CONSTRAINT; UV_BUILD_CONSTRAINT with build-constraint-dependencies of uv's files; build-constraint of pip's.
//
// As those clients have it, pip's constraints and those of uv's files count beside those of the command line, and formats (no-binary, only-binary) before what it says; of all else
// a flag takes the place. What counts is told, with who said it, as a result is to follow from what its reader can see. It counts for resolve, explain, install and fetch, but not with
// --from-lock, and never for publish or upgrade: what their configuration does not say is not so.
//
// # What does not count
//
//   - What is asked for: PIP_REQUIREMENT, PIP_GROUP. Say it to the command.
//   - UV_INDEX_STRATEGY and index-strategy: the first index that knows a project is the only one it comes from (PEP 708 tells why), whatever they say.
//   - Where things are kept and which Python is meant: PIP_CACHE_DIR, UV_CACHE_DIR, PIP_TARGET, PIP_PREFIX, PIP_PYTHON, UV_PYTHON. The command has flags.
//   - Timeouts and retries: PIP_DEFAULT_TIMEOUT, PIP_RETRIES, UV_HTTP_TIMEOUT, UV_HTTP_RETRIES, UV_CONCURRENT_DOWNLOADS. They are the transport's own.
package indexconf
