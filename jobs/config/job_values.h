/* The keys of a job's values in effect (config.text), one by one: which differ between two jobs,
 * and the digest of those that say what results mean. Local. */
#ifndef JOBS_CONFIG_JOB_VALUES_H
#define JOBS_CONFIG_JOB_VALUES_H

#include "base/digest.h"
#include "jobs/config/config.h"

#include <stdbool.h>

struct job_value {
    char *path, *value; /* "training.epochs", "8"; a list is "[a, b]". Owned */
};
struct job_values { /* all zero: none */
    struct job_value *list;
    size_t count;
};

/* `text`: the values in effect, as in struct config. */
enum status job_values_read(struct job_values *out, const char *text);
void job_values_release(struct job_values *k);

/* The first key that differs, of those that may not change; values are NULL where it is not set. */
struct job_difference {
    const char *path, *before, *now; /* borrowed from the keys */
};
/* False: there is none. `same` says of the value of a key whether it means the same although it is
 * written otherwise; NULL: never. */
bool job_values_differ(const struct job_values *before, const struct job_values *now,
                       bool (*same)(void *context, const struct job_difference *d), void *context,
                       struct job_difference *out);

/* A digest of the keys that may not change, but for paths: files are known by their content
 * (base/identity.h), wherever they lie. */
enum status job_values_digest(const char *text, enum config_verb verb,
                              char out[HASH128_TEXT_BYTES]);

#endif
