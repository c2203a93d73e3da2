/* A job file's tree into values, by the table of keys, and the values into YAML again. Local. */
#ifndef JOBS_CONFIG_CONFIG_VALUES_H
#define JOBS_CONFIG_CONFIG_VALUES_H

#include "jobs/config/config_keys.h"
#include "base/yaml/tree.h"

#define CONFIG_KEYS_MAX 256

struct config_read {
    enum config_verb verb;
    struct config_values values;
    bool given[CONFIG_KEYS_MAX]; /* by row of the table: the job file or --set has it */
};

/* Takes all keys of the tree, over the defaults. SIBYL_E_USAGE: "file:line: key: want ...". On
 * failure too config_key_release() frees out->values. */
enum status config_values_read(struct config_read *out, const struct tree *t,
                               enum config_verb verb);
/* SIBYL_E_USAGE unless a verb's job file may have this key; the message says which keys it may have
 * there, and stands at the node `at`. */
enum status config_values_known(const struct tree *t, enum config_verb verb,
                                const struct tree_node *at, const char *path);
/* tree_put() of a --set flag or of a setting. `space` is a name or a mapping: a key below it, such
 * as space.file, takes the place of a name. */
enum status config_values_put(struct tree *t, const char *path, size_t length,
                              struct tree_node *value, const struct tree_node *origin);
/* Makes all paths absolute, as seen from the folder of `file`. */
enum status config_values_resolve(struct config_read *r, const char *file);

/* The values as YAML, in the table's order, and behind them `rest` (a mapping; NULL: nothing).
 * *out_text is the caller's to free(). */
enum status config_text(const struct config_read *r, const struct tree_node *rest, char **out_text);

#endif
