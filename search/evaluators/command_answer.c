#include "search/evaluators/command_answer.h"

#include "base/digest.h"
#include "base/text.h"
#include "search/evaluators/answer_line.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\v\f"
#define NAME_DIGITS 8 /* of a digest behind a name that is cut */

void answer_init(struct answer *a)
{
    *a = (struct answer){0};
}

void answer_release(struct answer *a)
{
    free(a->line);
    json_decref(a->result);
    *a = (struct answer){0};
}

/* ---- a line ---- */

static char *line_trim(char *line)
{
    size_t end = strlen(line);
    while (end > 0 && strchr(BLANKS, line[end - 1])) end--;
    line[end] = '\0';
    return line + strspn(line, BLANKS);
}

static json_t *line_object(struct answer *a, const char *line, json_error_t *error)
{
    char *marked = answer_line_json(line);
    if (!marked) {
        a->lost = true;
        return NULL;
    }
    json_t *o = json_loads(marked, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, error);
    free(marked);
    if (json_is_object(o)) return o;
    json_decref(o);
    return NULL;
}

/* Does the line look as if it were meant for a result? Python's own print of a dict does not. */
static bool line_is_meant(const char *line)
{
    if (*line != '{') return false;
    line += 1 + strspn(line + 1, " \t");
    return *line == '"' || *line == '}' || *line == '\0';
}

static void line_fault(struct answer *a, const char *line, const json_error_t *error)
{
    char shown[ANSWER_SHOWN_BYTES];
    text_printable(shown, sizeof(shown), line);
    if (strcmp(line, "{") == 0)
        snprintf(a->fault, sizeof(a->fault),
                 "its last result is spread over several lines: "
                 "an object counts that stands on one");
    else
        snprintf(a->fault, sizeof(a->fault), "its last line is no JSON object (%.100s): %s",
                 error->text, shown);
}

static void line_take(struct answer *a, char *text)
{
    json_error_t error = {.text = ""};
    bool back = answer_line_plain(text);
    char *line = line_trim(text), *brace = strchr(line, '{');
    if (!*line || a->closed) return;
    text_printable(a->shown, sizeof(a->shown), line);
    if ((a->bar || back) && brace) line = brace;
    json_t *o = *line == '{' ? line_object(a, line, &error) : NULL;
    if (o) {
        json_decref(a->result);
        a->result = o;
        a->fault[0] = '\0';
        a->closed = a->found && a->found(a->context, a);
    } else if (line_is_meant(line)) {
        line_fault(a, line, &error);
    }
}

static void answer_end_line(struct answer *a)
{
    if (a->binary) {
        a->no_text = true;
    } else if (a->large) {
        snprintf(a->fault, sizeof(a->fault), "its last line has more than %u bytes",
                 ANSWER_LINE_MAX);
    } else if (a->bytes) {
        a->line[a->bytes] = '\0';
        line_take(a, a->line);
    }
    a->bytes = 0;
    a->returned = a->bar = a->binary = a->large = false;
}

static void answer_put(struct answer *a, const char *data, size_t bytes)
{
    if (bytes == 0) return;
    if (a->returned) {
        a->bytes = 0;
        a->bar = true;
        a->returned = a->large = a->binary = false;
    }
    a->said = true;
    a->binary = a->binary || memchr(data, '\0', bytes);
    a->large = a->large || a->bytes + bytes > ANSWER_LINE_MAX;
    if (a->large) return;
    if (a->bytes + bytes + 1 > a->capacity) {
        size_t capacity = a->capacity ? a->capacity : 4096;
        while (capacity < a->bytes + bytes + 1) capacity *= 2;
        char *line = realloc(a->line, capacity);
        if (!line) {
            a->lost = a->large = true;
            return;
        }
        a->line = line;
        a->capacity = capacity;
    }
    memcpy(a->line + a->bytes, data, bytes);
    a->bytes += bytes;
}

void answer_take(struct answer *a, const char *data, size_t bytes)
{
    for (size_t i = 0; i < bytes;) {
        size_t end = i;
        while (end < bytes && data[end] != '\n' && data[end] != '\r') end++;
        answer_put(a, data + i, end - i);
        if (end < bytes && data[end] == '\n') answer_end_line(a);
        if (end < bytes && data[end] == '\r') a->returned = true;
        i = end + 1;
    }
}

void answer_finish(struct answer *a)
{
    answer_end_line(a);
}

/* ---- what it says ---- */

static bool is_non_finite(const json_t *item)
{
    const char *text = json_string_value(item);
    return text && text[0] == ANSWER_NUMBER_MARK;
}

/* The text of a side value that is no number; "" where it has none. */
static void side_text(char *out, const json_t *item)
{
    out[0] = '\0';
    if (is_non_finite(item)) return;
    if (json_is_string(item)) {
        text_printable(out, EVALUATION_TEXT_BYTES, json_string_value(item));
    } else if (json_is_boolean(item)) {
        snprintf(out, EVALUATION_TEXT_BYTES, "%s", json_is_true(item) ? "true" : "false");
    } else if (json_is_object(item) || json_is_array(item)) {
        char *text = json_dumps(item, JSON_COMPACT | JSON_REAL_PRECISION(15));
        if (text) answer_line_unmark(text);
        if (text) text_printable(out, EVALUATION_TEXT_BYTES, text);
        free(text);
    }
}

static bool is_taken(const struct evaluation *v, uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(v->extra_names[i], name) == 0) return true;
    return false;
}

/* Names that are cut, or that look like another, end with a digest of the whole, so that they
 * differ, and are the same in each evaluation. */
static void side_name(struct evaluation *out, uint32_t i, const char *key)
{
    char *name = out->extra_names[i], digest[HASH128_TEXT_BYTES];
    text_printable(name, EVALUATION_NAME_BYTES, key);
    if (strlen(key) < EVALUATION_NAME_BYTES && !is_taken(out, i, name)) return;
    text_printable(name, EVALUATION_NAME_BYTES - 1 - NAME_DIGITS, key);
    hash128_text(digest_xxh128(key, strlen(key)), digest);
    size_t end = strlen(name);
    snprintf(name + end, EVALUATION_NAME_BYTES - end, "~%.*s", NAME_DIGITS, digest);
}

static bool is_wanted(const struct objectives *o, const char *key)
{
    if (!o) return false;
    if (objectives_find(o, key) != UINT32_MAX) return true;
    for (uint32_t i = 0; i < o->report_count; i++)
        if (!strcmp(o->reports[i], key)) return true;
    return false;
}

static void read_side_values(const struct answer *a, const char *value, bool wanted,
                             struct evaluation *out)
{
    const char *key;
    json_t *item;
    json_object_foreach(a->result, key, item)
    {
        if (out->extras == EVALUATION_EXTRAS_MAX) return;
        if (strcmp(key, value) == 0 || key[0] == '\0') continue;
        if (is_wanted(a->objectives, key) != wanted) continue;
        uint32_t i = out->extras++;
        side_name(out, i, key);
        out->extra_values[i] = json_is_number(item) ? json_number_value(item) : (double)NAN;
        side_text(out->extra_texts[i], item);
    }
}

void answer_read_side_values(const struct answer *a, const char *value, struct evaluation *out)
{
    if (a->objectives) read_side_values(a, value, true, out);
    read_side_values(a, value, false, out);
}

bool answer_number(const struct answer *a, const char *key, double *out)
{
    const json_t *item = json_object_get(a->result, key);
    if (!json_is_number(item) || !isfinite(json_number_value(item))) return false;
    *out = json_number_value(item);
    return true;
}

static void fail_without_result(const struct answer *a, struct evaluation *out)
{
    if (a->fault[0])
        evaluation_fail(out, "%s", a->fault);
    else if (a->no_text)
        evaluation_fail(out, "its answer is not text: it printed zero bytes");
    else if (a->shown[0])
        evaluation_fail(out, "its last line is no JSON object: %s", a->shown);
    else
        evaluation_fail(out, "it ended well but printed no answer");
}

enum status answer_read(const struct answer *a, const char *value, double sign,
                        struct evaluation *out)
{
    const json_t *item = json_object_get(a->result, value);
    if (a->lost) return err_memory("the answer of an evaluating program");
    if (a->result) answer_read_side_values(a, value, out);
    if (!a->result || a->fault[0])
        fail_without_result(a, out);
    else if (!item)
        evaluation_fail(out, "its answer has no number '%s': %s", value, a->shown);
    else if (is_non_finite(item))
        evaluation_fail(out, "its '%s' is not finite: %s", value, json_string_value(item) + 1);
    else if (json_is_string(item))
        evaluation_fail(out, "its answer has no number '%s', but the text \"%.100s\"", value,
                        json_string_value(item));
    else if (!json_is_number(item))
        evaluation_fail(out, "its answer has no number '%s', but %s", value,
                        json_is_null(item)      ? "null"
                        : json_is_boolean(item) ? "true or false"
                                                : "a list or an object");
    else
        out->value = sign * json_number_value(item);
    return SIBYL_OK;
}
