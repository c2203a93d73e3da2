#include "base/big_count.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define BASE 1000000000u

struct big_count big_count_of(uint64_t value)
{
    struct big_count a = {0};
    for (; value; value /= BASE) a.limb[a.used++] = (uint32_t)(value % BASE);
    return a;
}

void big_count_add(struct big_count *a, const struct big_count *b)
{
    uint32_t carry = 0;
    a->over = a->over || b->over;
    for (uint32_t i = 0; i < b->used || carry; i++) {
        if (i == BIG_COUNT_LIMBS) {
            a->over = true;
            return;
        }
        uint32_t sum = (i < a->used ? a->limb[i] : 0) + (i < b->used ? b->limb[i] : 0) + carry;
        a->limb[i] = sum % BASE;
        carry = sum / BASE;
        if (i >= a->used) a->used = i + 1;
    }
}

void big_count_times(struct big_count *a, const struct big_count *b)
{
    struct big_count out = {.over = a->over || b->over};
    for (uint32_t i = 0; i < a->used; i++) {
        uint64_t carry = 0;
        for (uint32_t j = 0; j < b->used || carry; j++) {
            if (i + j >= BIG_COUNT_LIMBS) {
                out.over = true;
                break;
            }
            uint64_t sum = out.limb[i + j] + carry;
            if (j < b->used) sum += (uint64_t)a->limb[i] * b->limb[j];
            out.limb[i + j] = (uint32_t)(sum % BASE);
            carry = sum / BASE;
            if (i + j >= out.used) out.used = i + j + 1;
        }
    }
    *a = out;
}

void big_count_multiply(struct big_count *a, uint64_t by)
{
    struct big_count b = big_count_of(by);
    big_count_times(a, &b);
}

struct big_count big_count_power(const struct big_count *a, uint32_t exponent)
{
    struct big_count power = big_count_of(1), square = *a;
    for (; exponent; exponent /= 2) {
        if (exponent % 2) big_count_times(&power, &square);
        if (exponent > 1) big_count_times(&square, &square);
    }
    return power;
}

bool big_count_small(const struct big_count *a, uint64_t *out)
{
    unsigned __int128 value = 0;
    if (a->over || a->used > 3) return false;
    for (uint32_t i = a->used; i-- > 0;) value = value * BASE + a->limb[i];
    if (value >> 63) return false;
    *out = (uint64_t)value;
    return true;
}

bool big_count_equal(const struct big_count *a, const struct big_count *b)
{
    return !a->over && !b->over && a->used == b->used &&
           memcmp(a->limb, b->limb, a->used * sizeof(*a->limb)) == 0;
}

void big_count_text(const struct big_count *a, char out[BIG_COUNT_TEXT_BYTES])
{
    if (a->over || a->used == 0) {
        snprintf(out, BIG_COUNT_TEXT_BYTES, "%s", a->over ? "more than 1e1143" : "0");
        return;
    }
    int at = snprintf(out, BIG_COUNT_TEXT_BYTES, "%" PRIu32, a->limb[a->used - 1]);
    for (uint32_t i = a->used - 1; i-- > 0;)
        at += snprintf(out + at, BIG_COUNT_TEXT_BYTES - (size_t)at, "%09" PRIu32, a->limb[i]);
}

double big_count_double(const struct big_count *a)
{
    double value = 0;
    if (a->over) return INFINITY;
    for (uint32_t i = a->used; i-- > 0;) value = value * BASE + a->limb[i];
    return value;
}
