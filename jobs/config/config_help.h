/* What the table of keys says, for people. Local. */
#ifndef JOBS_CONFIG_CONFIG_HELP_H
#define JOBS_CONFIG_CONFIG_HELP_H

#include "base/status.h"

#include <stdio.h>

/* Prints the key `key` (such as search.batch) or all keys of a section (search), with type, bounds,
 * default and sentence; of the empty text, all keys there are. SIBYL_E_USAGE, with the nearest
 * known key in the message and nothing printed: it is none. */
enum status config_help(const char *key, FILE *out);

/* Prints the reference page of all keys, in Markdown: docs/job-files.md, which
 * tests/unit/test_config_keys.c compares with it. */
enum status config_help_page(FILE *out);

/* Prints the rows of all keys for a manual page, sibyl-job-files(5). */
enum status config_help_man(FILE *out);

/* What may follow --set in a job of `verb` (train, score or search; NULL: any of them): "KEY=" for
 * each key that takes a value, and "KEY=WORD" for each word of those that take words. `take` is
 * called with each text, which it is to copy. */
void config_help_settings(const char *verb, void (*take)(void *context, const char *setting),
                          void *context);

#endif
