// Package venvtest checks that an EnvBuilder or an Installer keeps the contracts of package venv.
//
//	func TestInstaller(t *testing.T) {
//		venvtest.Installer(t, venvtest.Installation{
//			Python: interpreter,
//			New: func(f dist.Fetcher, step func(string) error) venv.Installer { return &mine.Installer{Fetcher: f, Step: step} },
//			Recover: mine.Recover,
//		})
//	}
//
// The suites need an interpreter, as what is made must run, and no network. Wheels are made for them. Kills are played through step: from some call on every call fails,
// which is what the rest of a killed process does to the disk: nothing.
package venvtest
