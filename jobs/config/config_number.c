#include "jobs/config/config_number.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A larger one of a number in range has only zeros before it. */
#define EXPONENT_MAX 100000000

static size_t digits_at(const char *text)
{
    return strspn(text, "0123456789");
}

/* A sign, digits with a point before, within or behind them, and an exponent. */
static bool is_decimal(const char *text)
{
    text += *text == '+' || *text == '-';
    size_t whole = digits_at(text);
    if (whole > 1 && *text == '0') return false;
    text += whole;
    size_t part = *text == '.' ? digits_at(text + 1) : 0;
    if (*text == '.') text += 1 + part;
    if (whole + part == 0) return false;
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '+' || *text == '-';
        if (digits_at(text) == 0) return false;
        text += digits_at(text);
    }
    return *text == '\0';
}

bool config_number(const char *text, double *out)
{
    if (!is_decimal(text)) return false;
    errno = 0;
    double x = strtod(text, NULL);
    if (errno == ERANGE || !isfinite(x)) return false;
    *out = x == 0 ? 0 : x;
    return true;
}

/* *value = 10 * *value + digit; false where that is beyond 64 bits. */
static bool push_digit(uint64_t *value, int digit)
{
    if (*value > (UINT64_MAX - (uint64_t)digit) / 10) return false;
    *value = *value * 10 + (uint64_t)digit;
    return true;
}

bool config_whole(const char *text, uint64_t *out)
{
    double x;
    if (!config_number(text, &x) || x < 0) return false;
    text += *text == '+' || *text == '-';
    size_t length = strcspn(text, "eE"), whole = digits_at(text);
    bool point = text[whole] == '.';
    long exponent = text[length] ? strtol(text + length + 1, NULL, 10) : 0;
    if (exponent > EXPONENT_MAX) exponent = EXPONENT_MAX;
    if (exponent < -EXPONENT_MAX) exponent = -EXPONENT_MAX;
    /* So many digits, the point not counted, stand behind the number's own point. */
    long behind = (long)(length - whole - point) - exponent;
    long digits = (long)(length - point), at = 0;
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '.') continue;
        bool kept = at++ < digits - behind;
        if (kept ? !push_digit(&value, text[i] - '0') : text[i] != '0') return false;
    }
    for (; behind < 0 && value > 0; behind++)
        if (!push_digit(&value, 0)) return false;
    *out = value;
    return true;
}

const char *config_number_hint(const char *text, bool plain)
{
    const char *digits = text + (*text == '+' || *text == '-');
    if (!plain) return "; write it without quotes";
    if (digits[0] == '0' && isdigit((unsigned char)digits[1]))
        return "; write it without the leading zero";
    if (digits[0] == '0' && strchr("xXoO", digits[1]) && digits[1]) return "; write it in decimal";
    if (!*text || !strcmp(text, "~") || !strcmp(text, "null"))
        return "; give a value, or leave the key out";
    return "";
}
