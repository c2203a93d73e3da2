/* Values as YAML. */
#include "jobs/config/config_values.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct writer {
    yaml_emitter_t emitter;
    bool failed;
};

static void emit(struct writer *w, yaml_event_t *e, int initialised)
{
    if (!initialised)
        w->failed = true;
    else if (w->failed)
        yaml_event_delete(e);
    else
        w->failed = !yaml_emitter_emit(&w->emitter, e);
}

static void put_text(struct writer *w, const char *text, yaml_scalar_style_t style)
{
    yaml_event_t e;
    emit(w, &e,
         yaml_scalar_event_initialize(&e, NULL, NULL, (const yaml_char_t *)text, (int)strlen(text),
                                      1, 1, style));
}

static void put_plain(struct writer *w, const char *text)
{
    put_text(w, text, YAML_PLAIN_SCALAR_STYLE);
}

static void begin_mapping(struct writer *w, yaml_mapping_style_t style)
{
    yaml_event_t e;
    emit(w, &e, yaml_mapping_start_event_initialize(&e, NULL, NULL, 1, style));
}

static void end_mapping(struct writer *w)
{
    yaml_event_t e;
    emit(w, &e, yaml_mapping_end_event_initialize(&e));
}

static void begin_list(struct writer *w)
{
    yaml_event_t e;
    emit(w, &e, yaml_sequence_start_event_initialize(&e, NULL, NULL, 1, YAML_FLOW_SEQUENCE_STYLE));
}

static void end_list(struct writer *w)
{
    yaml_event_t e;
    emit(w, &e, yaml_sequence_end_event_initialize(&e));
}

/* ---- what the job file has beside values ---- */

static yaml_scalar_style_t style_of(char quote)
{
    switch (quote) {
    case '\'':
        return YAML_SINGLE_QUOTED_SCALAR_STYLE;
    case '"':
        return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    case '|':
        return YAML_LITERAL_SCALAR_STYLE;
    case '>':
        return YAML_FOLDED_SCALAR_STYLE;
    default:
        return YAML_PLAIN_SCALAR_STYLE;
    }
}

static void put_node(struct writer *w, const struct tree_node *n)
{
    if (tree_is_null(n)) {
        put_plain(w, "null"); /* an empty plain text would become '', which is a text */
    } else if (n->kind == TREE_TEXT) {
        put_text(w, n->text, style_of(n->quote));
    } else if (n->kind == TREE_LIST) {
        begin_list(w);
        for (size_t i = 0; i < n->count; i++) put_node(w, n->items[i]);
        end_list(w);
    } else {
        begin_mapping(w, YAML_FLOW_MAPPING_STYLE);
        for (size_t i = 0; i < 2 * n->count; i++) put_node(w, n->items[i]);
        end_mapping(w);
    }
}

/* ---- values ---- */

static void put_list(struct writer *w, const struct config_values *v, const struct config_key *key)
{
    const char *at = (const char *)v + key->offset;
    uint32_t count;
    memcpy(&count, (const char *)v + key->count_offset, sizeof(count));
    begin_list(w);
    for (uint32_t i = 0; i < count; i++) {
        int word;
        if (key->kind != KEY_WORDS) {
            put_text(w, (*(char *const *const *)at)[i], YAML_DOUBLE_QUOTED_SCALAR_STYLE);
            continue;
        }
        memcpy(&word, at + i * sizeof(word), sizeof(word));
        put_plain(w, words_name(key->words, word));
    }
    end_list(w);
}

static void put_value(struct writer *w, const void *v, const struct config_key *key);

static void put_records(struct writer *w, const struct config_values *v,
                        const struct config_key *key)
{
    const char *records = *(const char *const *)((const char *)v + key->offset);
    uint32_t count;
    size_t rows;
    const struct config_key *row = config_key_of_records(key, &rows);
    memcpy(&count, (const char *)v + key->count_offset, sizeof(count));
    begin_list(w);
    for (uint32_t i = 0; i < count; i++) {
        const char *entry = records + i * key->bytes;
        begin_mapping(w, YAML_FLOW_MAPPING_STYLE);
        for (size_t k = 0; k < rows; k++) {
            double number = 0;
            if (row[k].kind == KEY_NUMBER) memcpy(&number, entry + row[k].offset, sizeof(number));
            const bool text = row[k].kind == KEY_TEXT || row[k].kind == KEY_PATH;
            bool none = text && !*(char *const *)(const void *)(entry + row[k].offset);
            if (none || isnan(number)) continue; /* it is not given */
            put_plain(w, strrchr(row[k].path, '.') + 1);
            put_value(w, entry, &row[k]);
        }
        end_mapping(w);
    }
    end_list(w);
}

/* `v`: the values, or an entry of a list of them. */
static void put_value(struct writer *w, const void *v, const struct config_key *key)
{
    const void *at = (const char *)v + key->offset;
    char number[64];
    int word;
    switch (key->kind) {
    case KEY_WHOLE:
        snprintf(number, sizeof(number), "%" PRIu64,
                 key->bytes == sizeof(uint64_t) ? *(const uint64_t *)at : *(const uint32_t *)at);
        put_plain(w, number);
        break;
    case KEY_NUMBER:
    case KEY_ROWS:
        snprintf(number, sizeof(number), "%.17g", *(const double *)at);
        put_plain(w, number);
        break;
    case KEY_SWITCH:
        put_plain(w, *(const bool *)at ? "true" : "false");
        break;
    case KEY_WORD:
        memcpy(&word, at, sizeof(word));
        put_plain(w, words_name(key->words, word));
        break;
    case KEY_TEXT:
    case KEY_PATH:
    case KEY_SPACE:
        put_text(w, *(char *const *)at, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
        break;
    case KEY_TEXTS:
    case KEY_PATHS:
    case KEY_WORDS:
        put_list(w, v, key);
        break;
    case KEY_RECORDS:
        put_records(w, v, key);
        break;
    case KEY_SECTION:
    case KEY_GRID:
        break;
    }
}

static bool is_written(const struct config_read *r, const struct config_key *key, bool given)
{
    const void *at = (const char *)&r->values + key->offset;
    if (!(key->verbs & config_key_verb(r->verb)) || key->kind == KEY_GRID ||
        key->flags & KEY_OF_RECORD)
        return false;
    if (key->kind == KEY_TEXT || key->kind == KEY_PATH || key->kind == KEY_SPACE)
        return *(char *const *)at != NULL;
    if (key->kind == KEY_SECTION) return !(key->flags & KEY_QUIET);
    if (given) return true;
    return key->kind != KEY_TEXTS && key->kind != KEY_PATHS && key->kind != KEY_RECORDS &&
           !(key->flags & KEY_QUIET);
}

/* The mapping that stands in the place of a text: the part of `path` behind `depth` dots. */
static void begin_inner(struct writer *w, const char *path, size_t depth)
{
    char name[64];
    for (; depth > 0; depth--) path = strchr(path, '.') + 1;
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(path, "."), path);
    put_plain(w, name);
    begin_mapping(w, YAML_BLOCK_MAPPING_STYLE);
}

static void put_values(struct writer *w, const struct config_read *r)
{
    size_t count, depth = 0;
    const struct config_key *keys = config_keys(&count);
    for (size_t i = 0; i < count; i++) {
        if (!is_written(r, &keys[i], r->given[i])) continue;
        size_t dots = 0;
        const char *name = keys[i].path;
        for (const char *dot; (dot = strchr(name, '.')); name = dot + 1) dots++;
        for (; depth > dots; depth--) end_mapping(w);
        for (; depth < dots; depth++) begin_inner(w, keys[i].path, depth);
        put_plain(w, name);
        if (keys[i].kind == KEY_SECTION) {
            begin_mapping(w, YAML_BLOCK_MAPPING_STYLE);
            depth++;
        } else {
            put_value(w, &r->values, &keys[i]);
        }
    }
    for (; depth > 0; depth--) end_mapping(w);
}

static int stream_write(void *stream, unsigned char *buffer, size_t size)
{
    return fwrite(buffer, 1, size, stream) == size;
}

enum status config_text(const struct config_read *r, const struct tree_node *rest, char **out_text)
{
    char *text = NULL;
    size_t bytes = 0;
    struct writer w = {.failed = false};
    yaml_event_t e;
    FILE *stream = open_memstream(&text, &bytes);
    if (!stream || !yaml_emitter_initialize(&w.emitter)) {
        if (stream) fclose(stream);
        free(text);
        return err_memory("a job file");
    }
    yaml_emitter_set_output(&w.emitter, stream_write, stream);
    yaml_emitter_set_width(&w.emitter, -1);
    yaml_emitter_set_unicode(&w.emitter, 1);
    emit(&w, &e, yaml_stream_start_event_initialize(&e, YAML_UTF8_ENCODING));
    emit(&w, &e, yaml_document_start_event_initialize(&e, NULL, NULL, NULL, 1));
    begin_mapping(&w, YAML_BLOCK_MAPPING_STYLE);
    put_values(&w, r);
    for (size_t i = 0; rest && i < 2 * rest->count; i++) put_node(&w, rest->items[i]);
    end_mapping(&w);
    emit(&w, &e, yaml_document_end_event_initialize(&e, 1));
    emit(&w, &e, yaml_stream_end_event_initialize(&e));
    yaml_emitter_delete(&w.emitter);
    if (fclose(stream) || w.failed) {
        free(text);
        return err_memory("a job file");
    }
    *out_text = text;
    return SIBYL_OK;
}
