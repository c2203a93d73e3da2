/* What the value of a key must be, and how values are freed (config_keys.h). */
#include "jobs/config/config_keys.h"

#include <stdio.h>
#include <stdlib.h>

void config_key_want(char *out, size_t bytes, const struct config_key *key)
{
    char list[256];
    if (key->words) words_list(list, sizeof(list), key->words);
    switch (key->kind) {
    case KEY_SECTION:
        snprintf(out, bytes, "a mapping, such as {key: value}");
        break;
    case KEY_WHOLE:
        snprintf(out, bytes, "a whole number %.0f..%.0f", key->low, key->high);
        break;
    case KEY_NUMBER:
        snprintf(out, bytes, "a number %.10g..%.10g", key->low, key->high);
        break;
    case KEY_ROWS:
        snprintf(out, bytes, "a whole number of rows 1..%.0f, or a part of them below 1",
                 key->high);
        break;
    case KEY_SWITCH:
        snprintf(out, bytes, "true or false");
        break;
    case KEY_WORD:
        snprintf(out, bytes, "%s", list);
        break;
    case KEY_TEXT:
        snprintf(out, bytes, "some text");
        break;
    case KEY_SPACE:
        snprintf(out, bytes, "a space's name, or the path of a space file");
        break;
    case KEY_PATH:
        snprintf(out, bytes, "a path, seen from the job file's folder");
        break;
    case KEY_TEXTS:
        snprintf(out, bytes, "a list of %.0f..%.0f texts, such as [a, b]", key->low, key->high);
        break;
    case KEY_PATHS:
        snprintf(out, bytes, "a list of %.0f..%.0f paths, seen from the job file's folder",
                 key->low, key->high);
        break;
    case KEY_WORDS:
        snprintf(out, bytes, "a list of %.0f..%.0f of %s", key->low, key->high, list);
        break;
    case KEY_RECORDS:
        snprintf(out, bytes, "a list of %.0f..%.0f mappings, such as [{key: value}]", key->low,
                 key->high);
        break;
    case KEY_GRID:
        if (key->high > 0)
            snprintf(out, bytes, "a whole number %.0f..%.0f", key->low, key->high);
        else
            snprintf(out, bytes, "a mapping");
    }
}

static void release_list(char **texts, uint32_t count)
{
    for (uint32_t i = 0; texts && i < count; i++) free(texts[i]);
    free(texts);
}

static void release_records(const struct config_key *key, char *records, uint32_t count)
{
    size_t rows;
    const struct config_key *row = config_key_of_records(key, &rows);
    for (uint32_t i = 0; records && i < count; i++)
        for (size_t k = 0; k < rows; k++)
            if (row[k].kind == KEY_TEXT || row[k].kind == KEY_PATH)
                free(*(char **)(records + i * key->bytes + row[k].offset));
    free(records);
}

void config_key_release(enum config_verb verb, struct config_values *values)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);
    for (size_t i = 0; i < count; i++) {
        const struct config_key *key = &keys[i];
        void *at = (char *)values + key->offset;
        uint32_t length = 0;
        if (!(key->verbs & config_key_verb(verb)) || key->flags & KEY_OF_RECORD) continue;
        if (key->count_offset) length = *(uint32_t *)((char *)values + key->count_offset);
        if (key->kind == KEY_TEXT || key->kind == KEY_PATH || key->kind == KEY_SPACE)
            free(*(char **)at);
        if (key->kind == KEY_TEXTS || key->kind == KEY_PATHS) release_list(*(char ***)at, length);
        if (key->kind == KEY_RECORDS) release_records(key, *(char **)at, length);
    }
}
