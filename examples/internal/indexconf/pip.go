package indexconf

import "strings"

// pip is what pip is told: by its environment and its files, for one command.
type pip struct {
	getenv  func(string) string
	files   pipConfig
	command string
}

func (h Host) pip(command string) (pip, error) {
	files, err := h.pipFiles()
	return pip{h.Getenv, files, first(command, "install")}, err
}

// indexOptions are those by which pip is told of indexes.
var indexOptions = []string{"index-url", "extra-index-url", "no-index"}

func (p pip) inEnvironment() bool {
	for _, key := range indexOptions {
		if p.getenv(variable(key)) != "" {
			return true
		}
	}
	return false
}

func (p pip) inFiles() bool {
	for _, key := range indexOptions {
		if p.files.find(p.command, key).value != "" {
			return true
		}
	}
	return false
}

func variable(key string) string {
	return "PIP_" + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
}

// say is an option's value and who says it: the environment, else the files. What is empty says nothing.
func (p pip) say(key string) (value, from string) {
	if v := p.getenv(variable(key)); v != "" {
		return v, variable(key)
	}
	s := p.files.find(p.command, key)
	return s.value, s.file
}

func (p pip) value(key string) string {
	v, _ := p.say(key)
	return v
}

func (p pip) settings() (settings, error) {
	var s settings
	no, from := p.say("no-index")
	off, err := truth(from+": no-index", no)
	if err != nil {
		return s, err
	}
	if off {
		s.noIndex = from
	}
	extra, extraFrom := p.say("extra-index-url")
	for _, u := range strings.Fields(extra) {
		s.extra = append(s.extra, Index{URL: u, From: extraFrom})
	}
	main, mainFrom := p.say("index-url")
	if s.byDefault = main == ""; !s.byDefault {
		s.main = []Index{{URL: main, From: mainFrom}}
	}
	links, linksFrom := p.say("find-links")
	s.links, s.linksFrom = strings.Fields(links), linksFrom
	return s, nil
}
