// Package wheelmake builds small wheels for tests and demonstrations: true ones, and broken ones on purpose.
//
//	blob := wheelmake.Make(wheelmake.Spec{
//		Name: "demo", Version: "1.0",
//		Requires: []string{"other>=2; sys_platform == 'win32'"},
//		Files:    map[string]string{"demo/__init__.py": "answer = 42\n"},
//	})
//	name := wheelmake.Spec{Name: "demo", Version: "1.0"}.Filename() // demo-1.0-py3-none-any.whl
//
// Make depends on the Spec alone, so the same Spec gives the same bytes and the same sha256 (with Deflate: on one release of Go). METADATA,
// WHEEL and a true RECORD are written; Spec.Edit changes the members after RECORD was made, which is how a test breaks one. Write puts a
// wheel into a folder, Folder several.
package wheelmake
