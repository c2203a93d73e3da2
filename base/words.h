/* Lists of words that stand for values: what a key of a job file may say, and what a file of ours
 * keeps instead of a number. Each list stands in one place. Local, constant. */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct word {
    const char *name;
    int value;            /* of the enum */
    const char *sentence; /* for help; it begins small and has no full stop */
};

struct words {
    const struct word *list; /* (count) */
    size_t count;
};

/* The initialiser of a struct words from an array. */
#define WORDS_OF(array)                                                                            \
    {                                                                                              \
        (array), sizeof(array) / sizeof((array)[0])                                                \
    }

/* The word of a value; "unknown" if there is none. */
const char *words_name(const struct words *w, int value);
/* The value of a word; false, and *out as it was, if there is none. */
bool words_find(const struct words *w, const char *name, int *out);
/* "a, b or c", cut where it does not fit. */
void words_list(char *out, size_t bytes, const struct words *w);

#endif
