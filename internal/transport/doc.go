// Package transport is the one HTTP client of Chandlery: capped retries, resumed bodies, credentials that stay with their host.
//
// It only ever GETs: never HEAD, never a multi-range. On top of go-retryablehttp, which repeats a request until an answer's headers are there,
// stand these rules.
//
//   - Tried again: connection and TLS handshake errors, 408, 425, 429 and 5xx but 501 and 505. Not: a certificate that does not hold, any other status.
//     Waits have full jitter between 0 and a bound that doubles up to MaxWait; a Retry-After (seconds or HTTP-date) is obeyed up to MaxRetryAfter.
//   - A body that breaks off is the next try's business too: Get, Tail and Range ask once more, Copy goes on by Range from where it broke.
//     A server that answers 200 to that is read from its start and what is there already is passed over; one that answers another range than asked is asked for
//     the whole. Whether the parts fit together, the caller's sha256 decides.
//   - Too slow is an error (ErrTooSlow) and the next try: no connection in DialTimeout, no header in HeaderTimeout (AnswerTimeout for both and TLS together,
//     for RoundTrippers of the caller's own), or less than MinRate over RateWindow while it waits for the body.
//   - Pages may be compressed with gzip and are decoded up to the caller's limit. Files are asked for as they are (identity): a Content-Encoding
//     never touches a wheel's bytes.
//   - At most MaxRedirects redirects, to http and https only and never from https to http. Each hop is a new request made from nothing: no Referer, no
//     cookie, and an Authorization only if Auth (or the address itself, for its own origin) gives one for that host.
//   - An address shows in errors, events and logs only after Redact: no user info, no query.
//
// No environment variable is read here, so no proxy is used unless the caller's RoundTripper does.
package transport
