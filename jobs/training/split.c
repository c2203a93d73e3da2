#include "jobs/training/split.h"

#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_hashes(const void *a, const void *b)
{
    return hash128_compare(*(const struct hash128 *)a, *(const struct hash128 *)b);
}

static bool known_in(const struct dataset *d, size_t row, const struct split_label *l)
{
    return isfinite(penalties_honest(l->penalties, d->rows[row].labels[l->column]));
}

static enum status pick_train(struct split *s, const struct networks *n,
                              const struct config_values *v, const struct split_label *label)
{
    const struct dataset *d = n->data;
    size_t known = 0;
    for (size_t i = 0; i < d->count; i++) {
        if (!known_in(d, i, label))
            s->unlabelled++;
        else if (n->connected[i] || !v->data.connected)
            s->train[known++] = (uint32_t)i;
    }
    double wanted =
        v->split.train < 1 ? floor(v->split.train * (double)known + 0.5) : v->split.train;
    if (wanted < 1 || wanted > (double)known)
        return err_set(SIBYL_E_USAGE,
                       "split.train: want 1..%zu rows (those of %s with the label %s), not %.0f",
                       known, v->data.file, v->data.label, wanted);
    if (v->split.order == ORDER_RANDOM) {
        struct rng r;
        rng_init(&r, v->split.seed, RNG_SPLIT, 0);
        rng_shuffle(&r, s->train, known);
    }
    s->train_count = (size_t)wanted;
    return SIBYL_OK;
}

/* `seen`: scratch (train_count). */
static void tell_sides(struct split *s, const struct networks *n, struct hash128 *seen)
{
    for (size_t i = 0; i < s->train_count; i++) seen[i] = n->classes[s->train[i]];
    qsort(seen, s->train_count, sizeof(*seen), compare_hashes);
    for (size_t i = 0; i < n->count; i++)
        if (bsearch(&n->classes[i], seen, s->train_count, sizeof(*seen), compare_hashes))
            s->sides[i] = SPLIT_COPY;
    for (size_t i = 0; i < s->train_count; i++) s->sides[s->train[i]] = SPLIT_TRAINED;
}

bool split_tests(const struct split *s, size_t row, enum config_test rule)
{
    if (s->sides[row] == SPLIT_LEFT_OUT) return false;
    if (rule == TEST_ALL) return true;
    return rule == TEST_OTHERS ? s->sides[row] != SPLIT_TRAINED : s->sides[row] == SPLIT_NEW;
}

enum status split_make(struct split *out, const struct networks *n, const struct config_values *v,
                       const struct split_label *label, const struct split_label *test)
{
    const struct dataset *d = n->data;
    struct split s = {0};
    enum status st = SIBYL_OK;
    if (d->count > UINT32_MAX)
        return err_set(SIBYL_E_RANGE, "%s: more rows than 2^32", v->data.file);
    struct hash128 *seen = calloc(d->count + 1, sizeof(*seen));
    s.train = calloc(d->count + 1, sizeof(*s.train));
    s.test = calloc(d->count + 1, sizeof(*s.test));
    s.sides = calloc(d->count + 1, sizeof(*s.sides));
    if (!seen || !s.train || !s.test || !s.sides) {
        st = err_memory("the split of a dataset");
        goto done;
    }
    st = pick_train(&s, n, v, label);
    if (st) goto done;
    tell_sides(&s, n, seen);
    for (size_t i = 0; v->data.connected && i < n->count; i++)
        if (!n->connected[i]) s.sides[i] = SPLIT_LEFT_OUT;
    for (size_t i = 0; i < d->count; i++)
        if (known_in(d, i, test) && split_tests(&s, i, v->split.test))
            s.test[s.test_count++] = (uint32_t)i;
    *out = s;
    s = (struct split){0};
done:
    split_release(&s);
    free(seen);
    return st;
}

void split_release(struct split *s)
{
    free(s->train);
    free(s->test);
    free(s->sides);
    *s = (struct split){0};
}
