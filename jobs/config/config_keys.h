/* The keys of a job's values in effect (config.text), one by one: which differ between two jobs,
 * and the digest of those that say what results mean. Local. */
#ifndef JOBS_CONFIG_CONFIG_KEYS_H
#define JOBS_CONFIG_CONFIG_KEYS_H

#include "base/digest.h"
#include "jobs/config/config_schema.h"

#include <stdbool.h>

struct config_key {
    char *path, *value; /* "training.epochs", "8"; a list is "[a, b]". Owned */
};
struct config_keys { /* all zero: none */
    struct config_key *list;
    size_t count;
};

/* `text` is as merge_text() makes it. */
enum status config_keys_read(struct config_keys *out, const char *text);
void config_keys_release(struct config_keys *k);

/* May this key change between runs of one job? Budgets, time limits, checkpoint intervals and the
 * like may: they change nothing in what recorded values mean. */
bool config_key_may_change(const char *path);

/* The first key that differs, of those that may not change; values are NULL where it is not set. */
struct config_difference {
    const char *path, *before, *now; /* borrowed from the keys */
};
/* False: there is none. `same` says of the value of a key whether it means the same although it is
 * written otherwise; NULL: never. */
bool config_keys_differ(const struct config_keys *before, const struct config_keys *now,
                        bool (*same)(void *context, const struct config_difference *d),
                        void *context, struct config_difference *out);

/* A digest of the keys that may not change, but for paths: files are known by their content
 * (base/identity.h), wherever they lie. */
enum status config_keys_digest(const char *text, enum config_verb verb,
                               char out[HASH128_TEXT_BYTES]);

#endif
