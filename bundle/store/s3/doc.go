// Package s3 keeps bundles and update configurations in a bucket of any S3-compatible service: Alibaba OSS, AWS, R2, MinIO, Ceph RGW. It is a module of its
// own, so that only who wants it links an S3 client.
//
//	objects := &s3.Store{Endpoint: "https://s3.oss-cn-hangzhou.aliyuncs.com", Bucket: "classroom", Credentials: credentials}
//	publisher := bundle.Publisher{Store: objects, Sink: store.FileChannel{Files: objects, Name: "stable", …}, …}
//
// Store is a bundle.Store, and all that store.FileChannel, store.History and store.Collector need. What stands where is said in bundle/store; clients read it over
// plain http(s), from the bucket's public address or a CDN's (store.HTTPSource).
//
// What is relied on:
//
//   - Objects are created, never replaced: "If-None-Match: *", which the service must keep (AWS, "Conditional writes"). Alibaba OSS answers 501 to that header
//     and has "x-oss-forbid-overwrite: true" instead, which holds in buckets without versioning only. A service that ignores the condition is found out at the first file that is
//     created, and refused.
//   - The live update configuration is replaced with "If-Match". Alibaba OSS has no such condition: there its version is compared just before it is written. The
//     release itself is safe all the same, as it is claimed by creating its history file; but a publisher that stalls at that very moment can put the
//     update configuration back by a release, until the next run goes on. Clients that saw the newer one refuse the older and keep what they have.
//   - What is sent is signed with its sha256 (AWS Signature Version 4), which the service compares with what arrived; no chunked signatures, which not every
//     service reads. The last bytes of an object leave only when the whole has the promised size and sha256. Then the object is compared with what was promised: by the
//     sha256 that the service keeps of it, where it does (x-amz-checksum-sha256), else by reading it back.
//   - Large objects go in parts, which may arrive in any order and become the object in one step.
//   - Tried again: broken connections, silence, 408, 429 and 5xx, up to Attempts times with waits that grow and jitter. An upload that broke off opens the
//     bundle.Object anew.
//
// No redirect is followed, so nothing signed reaches another host. Errors and logs name the operation, the key, and the service's status and code; never an
// address with a query, a header, or the service's own words, which may repeat what was sent. No environment variable is read but by an Environment, which finds
// Credentials for command lines, and so no proxy is used unless RoundTripper does.
package s3
