/* Defaults, job file and --set flags -> one YAML text that the schema has been checked against.
 * Local. */
#ifndef JOBS_CONFIG_CONFIG_MERGE_H
#define JOBS_CONFIG_CONFIG_MERGE_H

#include "jobs/config/config_schema.h"

#include <yaml.h>

#define MERGE_TAKEN_MAX 4

/* Nodes are numbers of `user`, from 1 on; 0: none. */
struct merge {
    const char *file; /* name of the job file, for messages */
    enum config_verb verb;
    yaml_document_t user, defaults, out;
    bool has_user, has_defaults, has_out;
    int taken[MERGE_TAKEN_MAX][2]; /* key and value */
    int taken_count;
};

/* Reads the texts and applies the --set flags. */
enum status merge_open(struct merge *m, enum config_verb verb, const char *file, const char *text,
                       size_t bytes);
enum status merge_set(struct merge *m, const char *assignment);
/* Takes a key of the root away from the schema; *out_value is its value, 0 where it is absent. The
 * resolved text still holds it, at the end. */
enum status merge_take(struct merge *m, const char *key, int *out_value);
/* As --set PATH=VALUE, of nodes of the job file: messages name the line where `key`, which holds
 * the path, stands. */
enum status merge_put(struct merge *m, int key, int value);
/* SIBYL_E_USAGE: "file:line: path: what". */
enum status merge_fault(const struct merge *m, const yaml_node_t *n, const char *path,
                        const char *what);
/* Checks against the schema and writes the values in effect, in the schema's order and notation.
 * `resolve`: paths are made absolute. *out_text is the caller's to free(). */
enum status merge_text(struct merge *m, bool resolve, char **out_text);
/* "file:line", where the value of `path` (or the nearest mapping around it) stands in the job file.
 */
void merge_where(struct merge *m, const char *path, char *out, size_t bytes);
void merge_close(struct merge *m);

#endif
