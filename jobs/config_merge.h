/* Defaults, job file and --set flags -> one YAML text that the schema has been checked against.
 * Local. */
#ifndef JOBS_CONFIG_MERGE_H
#define JOBS_CONFIG_MERGE_H

#include "jobs/config_schema.h"

#include <yaml.h>

struct merge {
    const char *file; /* name of the job file, for messages */
    enum config_verb verb;
    yaml_document_t user, defaults, out;
    bool has_user, has_defaults, has_out;
};

/* Reads the texts and applies the --set flags. */
enum status merge_open(struct merge *m, enum config_verb verb, const char *file, const char *text,
                       size_t bytes);
enum status merge_set(struct merge *m, const char *assignment);
/* Checks against the schema and writes the values in effect, in the schema's order and notation.
 * `resolve`: paths are made absolute. *out_text is the caller's to free(). */
enum status merge_text(struct merge *m, bool resolve, char **out_text);
/* "file:line", where the value of `path` (or the nearest mapping around it) stands in the job file.
 */
void merge_where(struct merge *m, const char *path, char *out, size_t bytes);
void merge_close(struct merge *m);

#endif
