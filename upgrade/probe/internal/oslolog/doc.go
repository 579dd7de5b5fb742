// Package oslolog reads what an OpenStack service writes: lines of oslo.log, and whatever else came to its standard error.
//
// With oslo.log's default formats a message is
//
//	2026-11-22 17:37:13.027 8539 ERROR cinder.cmd.volume [None req-8a15… - - - - - -] message
//
// (logging_context_format_string, logging_default_format_string: the bracket is "[-]" outside a request). If it was logged with an
// exception, its summary is appended to the message, and a traceback follows, every line of it with the same time, process and logger,
// the level ERROR whatever the message had, and no bracket (logging_exception_prefix). Lines of other processes and loggers may stand
// between; those of one record are put together here. A message of several lines has the prefix on its first alone.
//
// A bare Python traceback, as a script writes it that ends by an exception, is a Record as well. Memory is bounded by the limits below,
// whatever the input.
package oslolog
