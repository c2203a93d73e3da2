#include "search/evaluators/answer_line.h"

#include "base/text.h"
#include "search/evaluators/command_answer.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NO_CHARACTER "\\ufffd"
#define GROWTH 12     /* bytes that one byte may become, at the most */
#define WORD_SHOWN 24 /* bytes of a number that are kept for a message */

/* ---- what terminals do not show ---- */

/* Behind a sequence that ends with BEL or ESC \; NULL: it has no end. */
static const char *string_end(const char *p)
{
    for (; *p; p++) {
        if (*p == '\a') return p + 1;
        if (p[0] == '\033' && p[1] == '\\') return p + 2;
    }
    return NULL;
}

/* Behind the escape sequence that begins at `p`. */
static const char *escape_end(const char *p)
{
    const char *end;
    switch (p[1]) {
    case '\0':
        return p + 1;
    case '[':
        for (p += 2; *p && (*p < '@' || *p > '~'); p++) {
        }
        return *p ? p + 1 : p;
    case ']':
    case 'P':
    case 'X':
    case '^':
    case '_':
        end = string_end(p + 2);
        return end ? end : p + 2;
    default:
        for (p++; *p >= ' ' && *p <= '/'; p++) { /* as ESC ( B */
        }
        return *p ? p + 1 : p;
    }
}

bool answer_line_plain(char *line)
{
    char *to = line;
    bool back = false;
    const char *p = strncmp(line, "\357\273\277", 3) == 0 ? line + 3 : line;
    while (*p) {
        if (*p == '\033') {
            p = escape_end(p);
        } else if (*p == '\b') {
            back = true;
            p++;
        } else {
            *to++ = *p++;
        }
    }
    *to = '\0';
    return back;
}

/* ---- numbers that JSON has not ---- */

static size_t word_bytes(const char *at)
{
    static const char *const words[] = {"infinity", "inf", "nan"};
    size_t sign = *at == '-' || *at == '+';
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        size_t bytes = strlen(words[i]);
        if (strncasecmp(at + sign, words[i], bytes) == 0 &&
            !isalnum((unsigned char)at[sign + bytes]))
            return sign + bytes;
    }
    return 0;
}

/* Bytes of a number that a double does not hold; 0: it is none, or is held. */
static size_t overflow_bytes(const char *at)
{
    size_t bytes = strspn(at, "-+.0123456789eE");
    bool number = isdigit((unsigned char)at[*at == '-']);
    return number && isinf(strtod(at, NULL)) ? bytes : 0;
}

static size_t put_marked(char *to, const char *word, size_t bytes)
{
    int shown = (int)(bytes < WORD_SHOWN ? bytes : WORD_SHOWN);
    return (size_t)sprintf(to, "\"\\u%04x%.*s\"", ANSWER_NUMBER_MARK, shown, word);
}

/* Outside of texts: how much of `from` was taken. */
static size_t copy_plain(char **to, const char *from, const char *line)
{
    bool within = from > line && (isalnum((unsigned char)from[-1]) || strchr("+-._", from[-1]));
    size_t bytes = within ? 0 : word_bytes(from);
    if (!bytes && !within) bytes = overflow_bytes(from);
    if (bytes) {
        *to += put_marked(*to, from, bytes);
        return bytes;
    }
    *(*to)++ = *from;
    return 1;
}

/* ---- texts ---- */

/* The number of an escape \uXXXX; -1: it is none. */
static int escaped(const char *at)
{
    int number = 0;
    if (at[0] != '\\' || at[1] != 'u') return -1;
    for (int i = 2; i < 6; i++) {
        if (!isxdigit((unsigned char)at[i])) return -1;
        int digit = isdigit((unsigned char)at[i]) ? at[i] - '0' : tolower(at[i]) - 'a' + 10;
        number = 16 * number + digit;
    }
    return number;
}

static bool is_high(int number)
{
    return number >= 0xD800 && number <= 0xDBFF;
}

static bool is_low(int number)
{
    return number >= 0xDC00 && number <= 0xDFFF;
}

/* Within a text: how much of `from` was taken. */
static size_t copy_quoted(char **to, const char *from)
{
    int number = escaped(from);
    size_t bytes = text_character_bytes(from);
    if (number >= 0) {
        bytes = is_high(number) && is_low(escaped(from + 6)) ? 12 : 6;
        bool none =
            number <= ANSWER_NUMBER_MARK || (bytes == 6 && (is_high(number) || is_low(number)));
        memcpy(*to, none ? NO_CHARACTER : from, bytes);
        *to += bytes;
        return bytes;
    }
    if (!bytes) {
        memcpy(*to, NO_CHARACTER, sizeof(NO_CHARACTER) - 1);
        *to += sizeof(NO_CHARACTER) - 1;
        return 1;
    }
    if (*from == '\\' && from[1] >= ' ' && from[1] <= '~') bytes = 2;
    memcpy(*to, from, bytes);
    *to += bytes;
    return bytes;
}

char *answer_line_json(const char *line)
{
    char *copy = malloc(GROWTH * strlen(line) + 1), *to = copy;
    bool quoted = false;
    if (!copy) return NULL;
    for (const char *p = line; *p;) {
        if (*p == '"') {
            quoted = !quoted;
            *to++ = *p++;
        } else {
            p += quoted ? copy_quoted(&to, p) : copy_plain(&to, p, line);
        }
    }
    *to = '\0';
    return copy;
}

void answer_line_unmark(char *text)
{
    char mark[16], *to = text;
    size_t bytes = (size_t)snprintf(mark, sizeof(mark), "\"\\u%04x", ANSWER_NUMBER_MARK);
    for (const char *p = text; *p;) {
        const char *end = strncmp(p, mark, bytes) == 0 ? strchr(p + bytes, '"') : NULL;
        if (end) {
            size_t word = (size_t)(end - p) - bytes;
            memmove(to, p + bytes, word);
            to += word;
            p = end + 1;
        } else {
            *to++ = *p++;
        }
    }
    *to = '\0';
}
