package index

import "time"

// Quick makes retries quick.
func (c *Client) Quick() *Client   { c.wait = time.Millisecond; return c }
func (f *Fetcher) Quick() *Fetcher { f.wait = time.Millisecond; return f }
