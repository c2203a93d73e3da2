/* The program of a command evaluator: where it is, and what it is by its content, so that a search
 * does not go on with another program's values. Local. */
#ifndef SEARCH_EVALUATORS_COMMAND_PROGRAM_H
#define SEARCH_EVALUATORS_COMMAND_PROGRAM_H

#include "base/identity.h"

#define COMMAND_FILES_MAX 3       /* of a command whose content counts */
#define COMMAND_PROGRAM "program" /* what identity_file.what calls each of them */

struct command_program {
    char *path;                     /* to execute: as written, or as found in PATH */
    char *files[COMMAND_FILES_MAX]; /* whose content is in the identity; NULL behind the last */
};

/* Finds the program `words[0]`: a name with a slash is seen from `folder` (NULL: the present one),
 * any other is looked for in PATH, as a shell does. SIBYL_E_IO: it is not there;
 * SIBYL_E_USAGE: it is a script whose interpreter is not (command_script.h). */
enum status command_program_find(struct command_program *p, const char *const *words,
                                 uint32_t count, const char *folder);

/* Adds what the command runs, each with a digest of its content: a program with a slash in its
 * name, and of the arguments those that name a script: a file, seen from `folder`, that may be
 * executed, begins with "#!", or ends as scripts do (.py, .sh, .R and the like). A program from
 * PATH counts where there is no script: otherwise it is an interpreter, which may be mended by the
 * system's updates. Data and logs among the arguments do not count. Paths in `out` are borrowed
 * from `p`. */
enum status command_program_identity(struct command_program *p, const char *const *words,
                                     uint32_t count, const char *folder,
                                     struct identity_files *out);

void command_program_release(struct command_program *p); /* fine on a zeroed struct */

#endif
