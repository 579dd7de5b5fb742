//go:build testbed

package testbed

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
)

// object is a part of deploy.yaml. What is written is JSON, as every JSON text is a YAML one.
type object map[string]any

// set changes a part: set("target", "want", "26.3.0").
func (o object) set(path ...any) object {
	at := o
	for _, key := range path[:len(path)-2] {
		next, ok := at[key.(string)].(object)
		if !ok {
			next = object{}
			at[key.(string)] = next
		}
		at = next
	}
	at[path[len(path)-2].(string)] = path[len(path)-1]
	return o
}

func (b *bed) config() string { return filepath.Join(b.home, "deploy.yaml") }
func (b *bed) root() string   { return filepath.Join(b.home, "opt") }

// deploy writes deploy.yaml.
func (b *bed) deploy(components ...object) {
	b.t.Helper()
	text, err := json.MarshalIndent(object{"root": b.root(), "state": "state", "components": components}, "", "  ")
	require.NoError(b.t, err)
	require.NoError(b.t, os.WriteFile(b.config(), text, 0o600))
}

// cinder describes the testbed's cinder.
func (b *bed) cinder() object {
	c := b.component("cinder")
	c["trial"] = object{
		"before": []object{b.rabbitCommand(nil, "add_vhost", trialHost), b.rabbitCommand(nil, "set_permissions", "-p", trialHost, "guest", ".*", ".*", ".*")},
		"after":  []object{b.rabbitCommand([]int{0, noVirtualHost}, "delete_vhost", trialHost)},
	}
	c["verify"] = object{
		"api":      object{"volume": b.doc.API + "/v3/" + b.doc.Project, "image": b.doc.Glance, "noauth": object{"user": "admin", "project": b.doc.Project}},
		"backends": []string{"ceph"},
		"pidfiles": b.others("cinder"),
	}
	return c
}

// rabbitCommand is a call of rabbitmqctl; ok are exit codes of success, none: 0.
func (b *bed) rabbitCommand(ok []int, args ...string) object {
	o := object{"name": "rabbitmqctl " + args[0], "argv": append(b.rabbitArgv(), args...)}
	if ok != nil {
		o["ok"] = ok
	}
	return o
}

const (
	trialHost     = "chandlery_trial"
	noVirtualHost = 65 // of rabbitmqctl delete_vhost
)

// component is what services.json tells of any component.
func (b *bed) component(name string) object {
	conf := b.conf(name)
	services := object{}
	for _, service := range b.doc.Components[name].Services {
		services[service] = b.service(b.served(service), conf)
	}
	return object{
		"name":     name,
		"only":     b.doc.Components[name].Services, // no cinder-backup here
		"real":     object{"sites": []string{debianSite}, "scripts": "/usr/bin", "python": "/usr/bin/python3"},
		"config":   []string{conf},
		"user":     b.doc.Components[name].User,
		"services": services,
		"manager":  b.manager(name),
	}
}

func (b *bed) service(s served, conf string) object {
	argv := slices.Clone(s.Argv)
	argv[0] = "{bin}/" + filepath.Base(argv[0])
	if i := slices.Index(argv, "--config-file"); i > 0 && argv[i+1] == conf {
		argv = slices.Replace(argv, i, i+2, "{config}")
	}
	o := object{"argv": argv, "env": s.Env, "user": s.User, "stop_timeout": seconds(s.Timeout).String(), "logs": []string{s.Log}}
	if s.Supervisor == nil {
		o["pidfile"], o["output"], o["dir"], o["stop_signal"] = s.PIDFile, s.Output, s.Dir, strings.TrimPrefix(s.Signal, "SIG")
	}
	return o
}

func (b *bed) manager(component string) object {
	if b.doc.Manager.Kind == "process" {
		return object{"kind": "process"}
	}
	socket := b.served(b.doc.Components[component].Services[0]).Supervisor.Socket
	return object{"kind": "supervisor", "socket": socket, "overrides": filepath.Join(b.doc.Manager.Programs, "zz-"+component+".conf")}
}

// others are the pid files of the services that are not the component's.
func (b *bed) others(component string) (files []string) {
	for _, s := range b.doc.Services {
		if s.Component != component && s.Supervisor == nil {
			files = append(files, s.PIDFile)
		}
	}
	return files
}
