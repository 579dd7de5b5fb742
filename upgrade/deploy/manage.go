package deploy

import (
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/openstack"
	"github.com/chandlery-go/chandlery/upgrade/supervise"
)

// manage makes the Runner and the Switcher of whoever keeps the services.
func (a *assembly) manage() (upgrade.Switcher, error) {
	runner, switcher, err := a.manager()
	a.runner = openstack.QuietTrials{Runner: runner}
	return switcher, err
}

func (a *assembly) manager() (upgrade.Runner, upgrade.Switcher, error) {
	m := a.part.Manager
	processes, err := a.processes()
	if err != nil {
		return nil, nil, err
	}
	switch m.Kind {
	case supervisor:
		s := &supervise.Supervisor{
			Socket: m.Socket, Overrides: m.Overrides, State: a.folder("supervisor"), Username: m.Username, Password: m.Password, Real: a.real, Trial: processes, Logs: a.logs(),
		}
		return s, s, nil
	case systemd:
		s := &supervise.Systemd{State: a.folder("current"), Units: m.Units, Systemctl: m.Systemctl, Journalctl: m.Journalctl, Real: a.real, Trial: processes, Logs: a.logs()}
		return s, s, nil
	}
	return processes, &supervise.StateFile{Dir: a.folder("current"), Real: a.real}, nil
}

// logs are the files that services write themselves.
func (a *assembly) logs() map[string][]string {
	all := map[string][]string{}
	for name, s := range a.part.Services {
		all[name] = s.Logs
	}
	return all
}

// processes runs plain processes: those of trials, whoever keeps the services.
func (a *assembly) processes() (*supervise.Processes, error) {
	p := &supervise.Processes{Dir: a.part.Manager.Dir, Logs: a.part.Manager.Logs, Places: map[string]supervise.Place{}}
	if p.Dir == "" {
		p.Dir = a.folder("processes")
	}
	for name, s := range a.part.Services {
		umask, err := s.umask()
		if err != nil {
			return nil, err
		}
		signal, err := s.signal()
		if err != nil {
			return nil, err
		}
		p.Places[name] = supervise.Place{PIDFile: s.PIDFile, Output: s.Output, Logs: s.Logs, Dir: s.Dir, Umask: umask, StopSignal: signal}
	}
	return p, nil
}
