#include "base/text.h"

#include <string.h>

static bool within(unsigned char c, unsigned char low, unsigned char high)
{
    return c >= low && c <= high;
}

/* Bytes of the character that `s` begins with, a printable one or any; 0: there is none. The second
 * byte's limits keep out long forms, surrogates, what is beyond U+10FFFF, and controls (U+0080 to
 * U+009F) where it is to be printable. */
static size_t character_bytes(const unsigned char *s, bool printable)
{
    unsigned char low = 0x80, high = 0xBF;
    size_t bytes;
    if (s[0] < 0x80) return printable ? within(s[0], 0x20, 0x7E) : s[0] > 0;
    if (within(s[0], 0xC2, 0xDF)) {
        bytes = 2;
        if (printable && s[0] == 0xC2) low = 0xA0;
    } else if (within(s[0], 0xE0, 0xEF)) {
        bytes = 3;
        if (s[0] == 0xE0) low = 0xA0;
        if (s[0] == 0xED) high = 0x9F;
    } else if (within(s[0], 0xF0, 0xF4)) {
        bytes = 4;
        if (s[0] == 0xF0) low = 0x90;
        if (s[0] == 0xF4) high = 0x8F;
    } else {
        return 0;
    }
    if (!within(s[1], low, high)) return 0;
    for (size_t i = 2; i < bytes; i++)
        if (!within(s[i], 0x80, 0xBF)) return 0; /* also the end of the text */
    return bytes;
}

bool text_is_utf8(const char *text)
{
    while (*text) {
        size_t bytes = character_bytes((const unsigned char *)text, false);
        if (!bytes) return false;
        text += bytes;
    }
    return true;
}

void text_make_printable(char *text)
{
    while (*text) {
        size_t bytes = character_bytes((const unsigned char *)text, true);
        if (!bytes) {
            *text = '?';
            bytes = 1;
        }
        text += bytes;
    }
}

void text_print(FILE *stream, const char *text)
{
    while (*text) {
        size_t bytes = character_bytes((const unsigned char *)text, true);
        if (bytes)
            fwrite(text, 1, bytes, stream);
        else
            fputc('?', stream);
        text += bytes ? bytes : 1;
    }
}

size_t text_character_bytes(const char *text)
{
    return character_bytes((const unsigned char *)text, true);
}

const char *text_printable(char *out, size_t bytes, const char *text)
{
    size_t length = strlen(text), end = bytes - 1;
    /* not in the midst of a character */
    if (length > end)
        while (end > 0 && end + 3 > bytes - 1 && ((unsigned char)text[end] & 0xC0) == 0x80) end--;
    snprintf(out, end + 1, "%s", text);
    text_make_printable(out);
    return out;
}

void text_print_word(FILE *stream, const char *text)
{
    fputc('\'', stream);
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stream);
        else
            fputc(*text, stream);
    }
    fputc('\'', stream);
}
