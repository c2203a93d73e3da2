#include "jobs/training/penalties.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define FEWEST 8       /* others, to know how far they spread */
#define FAR 20         /* interquartile ranges from the others' median, */
#define TIMES 10       /* and so many times as far as any of them, */
#define SECOND_MODE 10 /* a part of all labels: one over it */
#define VALUES_MAX 4   /* different penalties, where they are more than that part */
#define SMALL 1e-3     /* of the median: a positive number below others that stands for nothing */
#define REPEATED 2     /* or as many for a number that is there again and again, 0 or below */

/* Ascending labels. */
struct labels {
    const double *at;
    size_t count;
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Those of labels first .. first + count - 1 from the lowest on (upper) or the highest (lower):
 * number i of them, turned over for the lower end, so that penalties always come last. */
static double turned(const struct labels *l, bool upper, size_t i)
{
    return upper ? l->at[i] : -l->at[l->count - 1 - i];
}

/* Are labels from `cut` on more than a tenth of all, and of many different values? Then they are
 * another kind of honest labels: failures get a number or a few. */
static bool is_second_mode(const struct labels *l, bool upper, size_t cut)
{
    size_t values = 1;
    if (SECOND_MODE * (l->count - cut) <= l->count) return false;
    for (size_t i = cut + 1; i < l->count && values <= VALUES_MAX; i++)
        values += turned(l, upper, i) > turned(l, upper, i - 1);
    return values > VALUES_MAX;
}

/* How many times as far from the median of the first `cut` labels as any of these the next one is;
 * 0 where labels from `cut` on are no penalties. */
static double gap(const struct labels *l, bool upper, size_t cut)
{
    double median = turned(l, upper, cut / 2), last = turned(l, upper, cut - 1);
    double spread = turned(l, upper, (3 * cut) / 4) - turned(l, upper, cut / 4);
    double first = turned(l, upper, 0), next = turned(l, upper, cut);
    double most = turned(l, upper, l->count - 1), range = last - first;
    if (!(spread > 0)) spread = range;
    if (!(spread > 0) || !(range > 0) || !(next > last)) return 0;
    /* halves, as a difference of two numbers may be too large for a double */
    double far = (next / 2 - median / 2) / (spread / 2);
    double times = last > median ? (next / 2 - median / 2) / (last / 2 - median / 2) : far;
    bool repeated = next == most && l->count - cut > 1;
    double low = upper ? first : -last, high = upper ? last : -first;
    double outside = upper ? next : -next;
    bool no_fraction = low >= 0 && high <= 1 && (outside < 0 || outside > 1);
    if (repeated && no_fraction && next / 2 - last / 2 > range / 2) return times;
    if (!(far > FAR)) return 0;
    if (!upper && outside > SMALL * -median) return 0; /* accuracies at chance, say */
    if (is_second_mode(l, upper, cut)) return 0;
    const bool void_number = repeated && outside <= 0 && low > 0; /* 0 or -1, say */
    return times > (void_number ? REPEATED : TIMES) ? times : 0;
}

/* The labels without the penalties at the end where the gap is widest; false: there are none. */
static bool take_end(struct labels *l)
{
    double widest = 0;
    size_t at = 0;
    bool side = false;
    for (int upper = 0; upper <= 1; upper++)
        for (size_t cut = l->count / 2 + 1; cut < l->count; cut++) {
            double times = cut < FEWEST ? 0 : gap(l, upper, cut);
            if (!(times > widest)) continue;
            widest = times;
            at = cut;
            side = upper;
        }
    if (!at) return false;
    if (!side) l->at += l->count - at;
    l->count = at;
    return true;
}

enum status penalties_find(struct penalties *out, const double *values, size_t stride, size_t count)
{
    double *sorted = malloc((count + 1) * sizeof(*sorted));
    struct penalties p = {.low = -INFINITY, .high = INFINITY};
    if (!sorted) return err_memory("labels");
    for (size_t i = 0; i < count; i++)
        if (isfinite(values[i * stride])) sorted[p.known++] = values[i * stride];
    qsort(sorted, p.known, sizeof(*sorted), by_value);
    struct labels l = {sorted, p.known};
    while (2 * l.count > p.known && take_end(&l)) {
    }
    if (2 * l.count <= p.known) l = (struct labels){sorted, p.known}; /* too many to be failures */
    p.count = p.known - l.count;
    if (p.count) {
        const bool below = l.at > sorted, above = l.at + l.count < sorted + p.known;
        if (below) p.low = l.at[0];
        if (above) p.high = l.at[l.count - 1];
        p.lowest = below ? sorted[0] : l.at[l.count];
        p.highest = above ? sorted[p.known - 1] : l.at[-1];
    }
    free(sorted);
    *out = p;
    return SIBYL_OK;
}

enum status penalties_of_label(struct penalties *out, const struct dataset *d, uint32_t label)
{
    double *values = malloc((d->count + 1) * sizeof(*values));
    if (!values) return err_memory("labels");
    for (size_t i = 0; i < d->count; i++) values[i] = d->rows[i].labels[label];
    enum status st = penalties_find(out, values, 1, d->count);
    free(values);
    return st;
}

double penalties_honest(const struct penalties *p, double label)
{
    return p->count && (label < p->low || label > p->high) ? NAN : label;
}
