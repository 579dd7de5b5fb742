package pep508

// variable is a marker variable by its PEP 508 name.
type variable string

const (
	pythonVersion                variable = "python_version"
	pythonFullVersion            variable = "python_full_version"
	implementationName           variable = "implementation_name"
	implementationVersion        variable = "implementation_version"
	osName                       variable = "os_name"
	sysPlatform                  variable = "sys_platform"
	platformMachine              variable = "platform_machine"
	platformPythonImplementation variable = "platform_python_implementation"
	platformRelease              variable = "platform_release"
	platformSystem               variable = "platform_system"
	platformVersion              variable = "platform_version"
	extra                        variable = "extra"
	extraSet                     variable = "extras"            // PEP 751
	dependencyGroups             variable = "dependency_groups" // PEP 751
)

// variables by every name that is read; those with dots, and python_implementation, are of before PEP 508 (PEP 345, "Environment markers").
var variables = map[string]variable{
	"python_version":                 pythonVersion,
	"python_full_version":            pythonFullVersion,
	"implementation_name":            implementationName,
	"implementation_version":         implementationVersion,
	"os_name":                        osName,
	"os.name":                        osName,
	"sys_platform":                   sysPlatform,
	"sys.platform":                   sysPlatform,
	"platform_machine":               platformMachine,
	"platform.machine":               platformMachine,
	"platform_python_implementation": platformPythonImplementation,
	"platform.python_implementation": platformPythonImplementation,
	"python_implementation":          platformPythonImplementation,
	"platform_release":               platformRelease,
	"platform_system":                platformSystem,
	"platform_version":               platformVersion,
	"platform.version":               platformVersion,
	"extra":                          extra,
	"extras":                         extraSet,
	"dependency_groups":              dependencyGroups,
}

// isVersion reports whether values are compared as versions where both are ones (PyPA "Dependency specifiers", "Environment Markers").
func (v variable) isVersion() bool {
	switch v {
	case pythonVersion, pythonFullVersion, implementationVersion, platformRelease:
		return true
	}
	return false
}

func (v variable) isSet() bool { return v == extraSet || v == dependencyGroups }
