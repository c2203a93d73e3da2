#include "proto/import/json_literals.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LITERAL_BYTES_MAX 400 /* a longer number is not looked at */
#define SURE_DIGITS 18        /* an integer of no more fits 64 bits */
#define REAL_BYTES 32         /* room for any double as text */

struct copy {
    char *text;
    size_t used;
    bool changed;
};

static bool is_literal(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' ||
           c == '-' || c == '.';
}

static void add(struct copy *c, const char *text, size_t bytes)
{
    memcpy(c->text + c->used, text, bytes);
    c->used += bytes;
}

/* What stands in place of a literal; NULL: it stays. `room`: REAL_BYTES. */
static const char *in_place_of(const char *literal, size_t bytes, char *room)
{
    char name[LITERAL_BYTES_MAX + 1];
    static const char *const unlike[] = {"NaN", "Infinity", "-Infinity"};
    memcpy(name, literal, bytes);
    name[bytes] = '\0';
    for (size_t i = 0; i < sizeof(unlike) / sizeof(unlike[0]); i++)
        if (!strcmp(name, unlike[i])) return "null";
    if (name[strspn(name, "0123456789+-.eE")]) return NULL; /* true, false, null, or not JSON */
    char *end;
    double value = strtod(name, &end);
    if (*end || end == name) return NULL;
    if (!isfinite(value)) return "null";
    if (bytes <= SURE_DIGITS || strpbrk(name, ".eE")) return NULL;
    snprintf(room, REAL_BYTES, "%.17e", value);
    return room;
}

/* Copies the string that begins at text[at]; where it ends. */
static size_t copy_string(struct copy *c, const char *text, size_t bytes, size_t at)
{
    size_t end = at + 1;
    while (end < bytes && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
    end = end < bytes ? end + 1 : bytes;
    add(c, text + at, end - at);
    return end;
}

static size_t copy_literal(struct copy *c, const char *text, size_t bytes, size_t at)
{
    char room[REAL_BYTES];
    size_t end = at;
    while (end < bytes && is_literal(text[end])) end++;
    const char *other =
        end - at <= LITERAL_BYTES_MAX ? in_place_of(text + at, end - at, room) : NULL;
    if (other) {
        c->changed = true;
        add(c, other, strlen(other));
    } else {
        add(c, text + at, end - at);
    }
    return end;
}

enum status json_literals_replace(const char *text, size_t bytes, char **out, size_t *out_bytes)
{
    /* A literal grows from "NaN" to "null", or from 19 digits to 24 bytes. */
    struct copy c = {.text = malloc(bytes + bytes / 3 + REAL_BYTES)};
    *out = NULL;
    if (!c.text) return err_memory("a line of JSON");
    for (size_t at = 0; at < bytes;) {
        if (text[at] == '"') {
            at = copy_string(&c, text, bytes, at);
        } else if (is_literal(text[at])) {
            at = copy_literal(&c, text, bytes, at);
        } else {
            add(&c, text + at++, 1);
        }
    }
    if (!c.changed) {
        free(c.text);
        return SIBYL_OK;
    }
    *out = c.text;
    *out_bytes = c.used;
    return SIBYL_OK;
}
