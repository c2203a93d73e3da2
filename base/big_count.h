/* Exact counts that may be larger than 64 bits. Local. */
#ifndef BASE_BIG_COUNT_H
#define BASE_BIG_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BIG_COUNT_LIMBS 128
/* Enough for big_count_text(). */
#define BIG_COUNT_TEXT_BYTES (BIG_COUNT_LIMBS * 9 + 1)

struct big_count { /* all zero is 0 */
    uint32_t used;
    uint32_t limb[BIG_COUNT_LIMBS]; /* of nine decimal digits, the lowest first */
    bool over;                      /* it has more digits than there is room for */
};

struct big_count big_count_of(uint64_t value);
void big_count_add(struct big_count *a, const struct big_count *b);
void big_count_multiply(struct big_count *a, uint64_t by);
void big_count_times(struct big_count *a, const struct big_count *b);
struct big_count big_count_power(const struct big_count *a, uint32_t exponent);
/* The value where it is below 2^63; else false. */
bool big_count_small(const struct big_count *a, uint64_t *out);
bool big_count_equal(const struct big_count *a, const struct big_count *b);
/* In decimal; "more than 1e1143" where it was over. */
void big_count_text(const struct big_count *a, char out[BIG_COUNT_TEXT_BYTES]);
double big_count_double(const struct big_count *a);

#endif
