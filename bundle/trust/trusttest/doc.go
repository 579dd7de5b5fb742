// Package trusttest has a signed repository in memory, for tests of what reads one: Repo keeps the four top-level roles and delegated ones as values that a
// test bends as it likes, signs them and serves the files. Network gives hosts to repositories, in memory too.
//
//	repo := trusttest.New(expires)
//	repo.Add("targets", "stable/update.json", b)
//	repo.Publish()
//	client := &trust.Client{Root: repo.File("1.root.json"), RoundTripper: trusttest.Network{"mirror.example": repo}, …}
//
// Methods panic where a test asks for what no repository can be; nothing here is for production.
package trusttest
