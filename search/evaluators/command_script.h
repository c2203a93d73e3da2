/* Will the kernel be able to start a file? A script names its interpreter in its first line; where
 * that is not there, the kernel only says "No such file or directory". Local. */
#ifndef SEARCH_EVALUATORS_COMMAND_SCRIPT_H
#define SEARCH_EVALUATORS_COMMAND_SCRIPT_H

#include "base/status.h"

/* `path` is an executable file, which messages call `name` and which will run in `folder` (NULL:
 * the present one). SIBYL_E_USAGE, with the interpreter's name: it is a script whose interpreter is
 * not there, or names none. A program that is no text, or that cannot be read, passes. */
enum status command_script_check(const char *path, const char *name, const char *folder);

#endif
