// Package pyproject reads what a pyproject.toml asks for: the dependencies of a project and of its extras (PEP 621), and dependency groups (PEP 735).
//
//	project, err := pyproject.Parse(text)
//	asked, err := project.Requirements("postgres")    // of the project, with an extra
//	tests, err := project.Group("tests")              // of a group, without the project
//
// # The project
//
// Read are name, version, requires-python, dependencies, optional-dependencies and dynamic of [project] (PyPA "pyproject.toml specification"); what else stands
// in the file is nobody's business here, tables of tools included. A name is required, and a version too where it is not dynamic. What is dynamic stands nowhere
// else. Names of extras are normalised (PEP 685); two that are one then are an error.
//
// Dependencies that are dynamic are known only after a build, which nobody does here: Requirements says so, with ErrDynamic.
//
// A project that requires itself asks for its own extras: name[a,b] in dependencies, an extra or a group stands for what these ask for, under the marker of that
// requirement, and no index is asked for the project. Its version, where it is known, has to be one that the requirement admits.
//
// # Dependency groups
//
// A group is a list of requirements and of tables with the one key include-group, whose value names another group; that one's requirements stand in its place. As the
// specification asks, names are normalised, two that are one then are an error, and so are a group that is not there, one that leads back to itself and a table of
// another kind. A group is looked at only when it is asked for, so that what newer tools write in others does no harm.
//
// # Text out of our hands
//
// Parse reads MaxPyproject bytes, MaxKeys keys of one table and MaxDepth levels; an answer has MaxRequirements requirements at most.
package pyproject
