// Package wheelhouse fills a folder with the files of resolutions, each once, however many platforms ask for it: what pip takes as --find-links.
//
//	house := &wheelhouse.Wheelhouse{Dir: "wheels", Fetcher: fetcher}
//	plan, err := house.Plan(ctx, linux, windows) // *resolve.Resolution
//	err = house.Fill(ctx, plan)
//
// Plan looks and changes nothing; Fill and Clean do what it says.
//
//   - A file lies under its own name, at the top of the folder. It gets that name when it is whole, its size and hashes are verified, and its bytes are on
//     the disk: whatever kills the process, no half file ever bears a wheel's name. What a killed process leaves is a hidden folder, which the next Fill that brings something removes.
//   - A file that is there is hashed. The right one is kept; another one under its name is replaced, and said to be.
//   - So a Fill that ended early goes on where it ended, and one that ended well has nothing to do. Any number of processes may fill one folder at once.
//   - Files of one name must be one file: where two indexes have different ones, the error is a *ConflictError. Names that differ in case alone are one
//     name, as they are on the disks of Windows and macOS.
//   - Clean removes wheels at the top of the folder that nothing in the plan asks for, and nothing else: neither sdists nor what is no distribution.
package wheelhouse
