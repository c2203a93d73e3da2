/* Finding a row of the table of keys (config_keys.h). */
#include "jobs/config/config_keys.h"

#include "base/names.h"
#include "search/spaces/space.h"

#include <stdint.h>
#include <string.h>

/* Of a job of any verb. */
#define ANY_VERB (~0u)

const struct config_key *config_key_of_records(const struct config_key *records, size_t *out_count)
{
    size_t count;
    const struct config_key *end = config_keys(&count) + count;
    *out_count = 0;
    if (records->kind != KEY_RECORDS) return records;
    while (records + 1 + *out_count < end && records[1 + *out_count].flags & KEY_OF_RECORD)
        ++*out_count;
    return records + 1;
}

/* Whether this is the path, but for numbers in brackets. */
static bool is_path_of(const struct config_key *key, const char *path, size_t length)
{
    const char *own = key->path;
    for (size_t i = 0; i < length; i++) {
        if (path[i] == '[') {
            while (i < length && path[i] != ']') i++;
            continue;
        }
        if (!*own || *own++ != path[i]) return false;
    }
    return *own == '\0';
}

const struct config_key *config_key_find(unsigned verbs, const char *path, size_t length)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);
    for (size_t i = 0; i < count; i++)
        if (keys[i].verbs & verbs && is_path_of(&keys[i], path, length)) return &keys[i];
    return NULL;
}

bool config_key_may_change(const char *path)
{
    const struct config_key *key = config_key_find(ANY_VERB, path, strlen(path));
    return key && key->flags & KEY_MAY_CHANGE;
}

bool config_key_is_path(enum config_verb verb, const char *path, const char *value)
{
    const struct config_key *key = config_key_find(config_key_verb(verb), path, strlen(path));
    return key && (key->kind == KEY_PATH || key->kind == KEY_PATHS ||
                   (key->kind == KEY_SPACE && space_is_path(value)));
}

bool config_key_holds(unsigned verbs, const struct config_key *key)
{
    size_t count, length = strlen(key->path);
    const struct config_key *keys = config_keys(&count);
    for (size_t i = 0; i < count; i++)
        if (keys[i].verbs & verbs && !strncmp(keys[i].path, key->path, length) &&
            keys[i].path[length] == '.')
            return true;
    return key->kind == KEY_SECTION;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static const char *last_part(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

const char *config_key_nearest(unsigned verbs, const char *path, bool any)
{
    const char *nearest = NULL;
    size_t count;
    const struct config_key *keys = config_keys(&count);
    size_t best = any ? SIZE_MAX : 1 + least(3, strlen(last_part(path)) / 2);
    for (size_t i = 0; i < count; i++) {
        if (!(keys[i].verbs & verbs)) continue;
        /* A key in the wrong section is one step further away than in its own. */
        size_t whole = names_distance(path, keys[i].path);
        size_t part = names_distance(last_part(path), last_part(keys[i].path)) + 1;
        size_t far = least(whole, part);
        if (far < best) {
            best = far;
            nearest = keys[i].path;
        }
    }
    return nearest;
}
