#include "jobs/reporting/report_json.h"

#include "base/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 64 /* of a column that is told by its words */

void report_json_text(FILE *f, const char *text)
{
    fputc('"', f);
    while (*text) {
        unsigned char c = (unsigned char)*text;
        size_t bytes = text_character_bytes(text);
        if (c < 0x20 || c == 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&') {
            fprintf(f, "\\u%04x", c);
            bytes = 1;
        } else if (bytes) {
            fwrite(text, 1, bytes, f);
        } else {
            fputs("\\ufffd", f);
            bytes = 1;
        }
        text += bytes;
    }
    fputc('"', f);
}

void report_json_key(FILE *f, const char *key)
{
    report_json_text(f, key);
    fputc(':', f);
}

void report_json_number(FILE *f, double number)
{
    char text[40] = "null";
    for (int digits = 6; isfinite(number) && digits <= 17; digits += digits < 15 ? 3 : 1) {
        snprintf(text, sizeof(text), "%.*g", digits, number);
        if (strtod(text, NULL) == number) break;
    }
    fputs(text, f);
}

/* As JSON has them: no sign +, no hexadecimal digits, no zeros in front. */
static bool is_json_number(const char *p)
{
    if (*p == '-') p++;
    if (!isdigit((unsigned char)*p) || (*p == '0' && isdigit((unsigned char)p[1]))) return false;
    while (isdigit((unsigned char)*p)) p++;
    if (*p == '.') {
        if (!isdigit((unsigned char)*++p)) return false;
        while (isdigit((unsigned char)*p)) p++;
    }
    if (*p == 'e' || *p == 'E') {
        p++;
        if (*p == '+' || *p == '-') p++;
        if (!isdigit((unsigned char)*p)) return false;
        while (isdigit((unsigned char)*p)) p++;
    }
    return !*p;
}

void report_json_cell(FILE *f, const char *cell)
{
    if (!*cell)
        fputs("null", f);
    else if (!is_json_number(cell) || strlen(cell) > 24 || !isfinite(strtod(cell, NULL)))
        report_json_text(f, cell);
    else if (strpbrk(cell, ".eE"))
        report_json_number(f, strtod(cell, NULL));
    else if (strlen(cell) <= 15)
        fputs(cell, f);
    else
        report_json_text(f, cell); /* a browser would round it */
}

void report_json_value(FILE *f, const struct json_t *value)
{
    const char *key;
    json_t *member;
    size_t i;
    if (json_is_object(value)) {
        bool first = true;
        fputc('{', f);
        json_object_foreach((json_t *)value, key, member)
        {
            if (!first) fputc(',', f);
            first = false;
            report_json_key(f, key);
            report_json_value(f, member);
        }
        fputc('}', f);
    } else if (json_is_array(value)) {
        fputc('[', f);
        json_array_foreach((json_t *)value, i, member)
        {
            if (i) fputc(',', f);
            report_json_value(f, member);
        }
        fputc(']', f);
    } else if (json_is_string(value)) {
        report_json_text(f, json_string_value(value));
    } else if (json_is_integer(value)) {
        fprintf(f, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else if (json_is_real(value)) {
        report_json_number(f, json_real_value(value));
    } else {
        fputs(json_is_true(value) ? "true" : json_is_false(value) ? "false" : "null", f);
    }
}

/* ---- tables ---- */

static const char *cell_of(const struct report_table *t, size_t row, size_t column)
{
    return t->cells[row * t->columns + column];
}

/* The index of a word, which may be a new one; WORDS_MAX: there are too many. */
static size_t word_index(const char **words, size_t *count, const char *word)
{
    for (size_t i = 0; i < *count; i++)
        if (!strcmp(words[i], word)) return i;
    if (*count < WORDS_MAX) words[*count] = word;
    return *count < WORDS_MAX ? (*count)++ : WORDS_MAX;
}

/* Whether a column is texts of which most stand there again and again. */
static size_t column_words(const struct report_table *t, size_t column, const bool *keep,
                           const char **words)
{
    size_t count = 0, told = 0;
    for (size_t r = 1; r < t->rows; r++) {
        const char *cell = cell_of(t, r, column);
        if (keep && !keep[r]) continue;
        if (is_json_number(cell) || word_index(words, &count, cell) == WORDS_MAX) return 0;
        told++;
    }
    return told >= 8 && 4 * count <= told ? count : 0;
}

static void print_column(FILE *f, const struct report_table *t, size_t column, const bool *keep)
{
    const char *words[WORDS_MAX];
    size_t count = column_words(t, column, keep, words);
    bool first = true;
    if (count) fputs("{\"words\":[", f);
    for (size_t i = 0; i < count; i++) {
        if (i) fputc(',', f);
        report_json_cell(f, words[i]);
    }
    fputs(count ? "],\"at\":[" : "[", f);
    for (size_t r = 1; r < t->rows; r++) {
        if (keep && !keep[r]) continue;
        if (!first) fputc(',', f);
        first = false;
        if (count)
            fprintf(f, "%zu", word_index(words, &count, cell_of(t, r, column)));
        else
            report_json_cell(f, cell_of(t, r, column));
    }
    fputs(count ? "]}" : "]", f);
}

static bool is_wanted(const char *const *only, const char *name)
{
    if (!only) return true;
    while (*only && strcmp(*only, name) != 0) only++;
    return *only != NULL;
}

enum status report_json_table(FILE *f, const struct report_table *t, const bool *keep,
                              const char *const *only)
{
    bool first = true;
    size_t rows = 0;
    for (size_t r = 1; r < t->rows; r++) rows += !keep || keep[r];
    fprintf(f, "{\"rows\":%zu,\"columns\":{", rows);
    for (size_t c = 0; t->rows && c < t->columns; c++) {
        if (!is_wanted(only, cell_of(t, 0, c))) continue;
        if (!first) fputs(",\n", f);
        first = false;
        report_json_key(f, cell_of(t, 0, c));
        print_column(f, t, c, keep);
    }
    fputs("}}", f);
    return ferror(f) ? err_set(SIBYL_E_IO, "the page cannot be written") : SIBYL_OK;
}
