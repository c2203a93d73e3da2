#include "search/algorithms/refit.h"

#include <stdlib.h>

struct ranked {
    double label;
    size_t row;
};

uint32_t refit_milestones(size_t known)
{
    uint32_t count = 0;
    if (known <= REFIT_WHOLE) return 0;
    while (refit_milestone(count) <= known) count++;
    return count;
}

size_t refit_milestone(uint32_t i)
{
    size_t size = REFIT_WHOLE;
    while (i-- > 0) size *= 2;
    return size;
}

static int better_first(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->label != y->label) return x->label > y->label ? -1 : 1;
    return (x->row < y->row) - (x->row > y->row);
}

/* A quarter are the newest, a quarter the best of the others, half are evenly spaced in the rest.
 */
static void mark(struct ranked *others, size_t count, size_t most, unsigned char *taken)
{
    size_t newest = most / 4, best = most / 4, left = count - newest, rest = 0;
    for (size_t i = left; i < count; i++) taken[i] = 1;
    qsort(others, left, sizeof(*others), better_first);
    for (size_t i = 0; i < best; i++) taken[others[i].row] = 1;
    size_t spaced = most - newest - best, free_rows = left - best, next = 0;
    for (size_t i = 0; i < left; i++) {
        if (taken[i]) continue;
        if (next < spaced && rest == next * free_rows / spaced) {
            taken[i] = 1;
            next++;
        }
        rest++;
    }
}

enum status refit_rows(const double *labels, size_t count, size_t most, size_t **out,
                       size_t *out_count)
{
    struct ranked *list = malloc((count + 1) * sizeof(*list));
    unsigned char *taken = calloc(count + 1, 1);
    *out = malloc((count + 1) * sizeof(**out));
    *out_count = 0;
    enum status st = list && taken && *out ? SIBYL_OK : err_memory("the training set of a search");
    for (size_t i = 0; i < count && !st; i++) list[i] = (struct ranked){labels[i], i};
    if (!st && count > most) mark(list, count, most, taken);
    for (size_t i = 0; i < count && !st; i++)
        if (count <= most || taken[i]) (*out)[(*out_count)++] = i;
    free(list);
    free(taken);
    return st;
}

uint32_t refit_epochs(uint32_t epochs, size_t rows, bool milestone)
{
    uint64_t passes = (uint64_t)epochs * REFIT_WHOLE / (milestone ? 1 : 2);
    return passes > rows ? (uint32_t)((passes + rows / 2) / rows) : 1;
}
