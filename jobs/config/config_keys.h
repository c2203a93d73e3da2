/* The table of the keys of job files: one row for each key says all there is to say about it, and
 * everything that has to do with job files goes through it: parsing and its messages, --set, the
 * saved config.yaml, `sibyl help KEY`, and docs/job-files.md. Local, constant. */
#ifndef JOBS_CONFIG_CONFIG_KEYS_H
#define JOBS_CONFIG_CONFIG_KEYS_H

#include "base/words.h"
#include "jobs/config/config.h"

#include <stdbool.h>
#include <stddef.h>

enum key_kind {
    KEY_SECTION, /* a mapping of other keys */
    KEY_WHOLE,   /* uint32_t or uint64_t */
    KEY_NUMBER,  /* double */
    KEY_ROWS,    /* double: a whole number of rows, or a part of them below 1 */
    KEY_SWITCH,  /* bool */
    KEY_WORD,    /* one of `words`, an enum */
    KEY_TEXT,    /* char *, owned; NULL: absent */
    KEY_PATH,    /* the same, made absolute */
    KEY_SPACE,   /* char *, owned: a space's name, or a path, which is made absolute */
    KEY_TEXTS,   /* char **, owned, and their uint32_t count */
    KEY_PATHS,   /* the same, each made absolute */
    KEY_WORDS,   /* an array of enums of `words`, and their uint32_t count */
    KEY_RECORDS, /* an array, owned, of structs of `bytes` bytes, and their uint32_t count: a list
                    of mappings, whose keys are the rows below it (KEY_OF_RECORD) */
    KEY_GRID     /* of an experiment (experiment_grid.h); in no struct config_values */
};

enum key_flags {
    KEY_NEEDED = 1,     /* a job without it is refused */
    KEY_MAY_CHANGE = 2, /* between runs of one job: it says nothing about what results mean */
    KEY_QUIET = 4,      /* the saved values leave it out where the job does */
    KEY_OF_RECORD = 8   /* of an entry of a KEY_RECORDS list: `offset` counts from its begin, and a
                           number that is not given is NaN */
};

struct config_key {
    const char *path;
    unsigned verbs; /* config_key_verb() of those that take it */
    enum key_kind kind;
    size_t offset, bytes;      /* of the value in struct config_values */
    double low, high;          /* bounds of a number, or of the length of a list */
    const struct words *words; /* that are allowed; of TEXT: NULL */
    size_t count_offset;       /* of the length of a list */
    unsigned flags;            /* enum key_flags */
    const char *sentence;      /* or two, whole ones */
};

/* All rows, in the order of the saved values: a section before its keys. Keys may also stand in a
 * text (`space.file` in `space`): its value is then a mapping instead. */
const struct config_key *config_keys(size_t *count);

static inline unsigned config_key_verb(enum config_verb verb)
{
    return 1u << verb;
}

/* The row of a path of `length` bytes, of `verbs` or of any of them; NULL: there is none. The
 * number of an entry of a list is left out: limits[1].value is limits.value. Some
 * paths have more than one row (`predictor`), but each verb knows one at most. */
const struct config_key *config_key_find(unsigned verbs, const char *path, size_t length);
/* The path that is written most like this one; NULL: none is. `any`: the nearest, however far. */
const char *config_key_nearest(unsigned verbs, const char *path, bool any);
/* Whether runs of one job may differ in this key: budgets, time limits, checkpoint intervals and
 * the like may; what decides what recorded values mean may not, and no unknown key. */
bool config_key_may_change(const char *path);
/* Whether other keys stand in this one: always in a section, and in a text that may be a mapping
 * in its place. */
bool config_key_holds(unsigned verbs, const struct config_key *key);
/* Whether this value of the key is a path or a list of them, which was made absolute. */
bool config_key_is_path(enum config_verb verb, const char *path, const char *value);

/* What a value must be, such as "a whole number 1..64" or "random or file". */
void config_key_want(char *out, size_t bytes, const struct config_key *key);

/* The keys of an entry of a KEY_RECORDS list: its rows follow the list's own. *out_count is 0 of
 * another kind. */
const struct config_key *config_key_of_records(const struct config_key *records, size_t *out_count);

/* The defaults of all keys of a verb. `out` is zeroed first; its texts are the caller's to
 * config_key_release(). */
enum status config_key_defaults(enum config_verb verb, struct config_values *out);
void config_key_release(enum config_verb verb, struct config_values *values);

#endif
