/* Which keys a job file may have, their types, bounds and defaults. Local, constant. */
#ifndef JOBS_CONFIG_CONFIG_SCHEMA_H
#define JOBS_CONFIG_CONFIG_SCHEMA_H

#include "jobs/config/config.h"

#include <cyaml/cyaml.h>

struct config_bound {
    const char *key; /* path, such as "search.population" */
    double low, high;
};

const cyaml_schema_value_t *config_schema(enum config_verb verb);
/* Bounds of a number; NULL: any of its type. */
const struct config_bound *config_schema_bound(const char *path);
/* True where the text at `path` is a file's or a folder's name. */
bool config_schema_is_path(enum config_verb verb, const char *path);
/* The defaults as YAML, the caller's to free(); NULL: no memory. */
char *config_schema_defaults(enum config_verb verb);

#endif
