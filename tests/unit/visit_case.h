/* Searches that are asked and told, beside a list that the test itself keeps of what it was given
 * and what it told. For test_visit.c and test_ledger_state.c. */
#ifndef TESTS_UNIT_VISIT_CASE_H
#define TESTS_UNIT_VISIT_CASE_H

#include "base/file.h"
#include "search/engine/visit.h"
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NETWORKS 483 /* of digits201 */

struct visit_case {
    char folder[64];
    struct space *space;
    struct search_options options;
    struct evaluator evaluator;
    struct search_run run;
    struct known_results known;
    /* What the test knows: networks 0 .. given - 1 were given out, in the order of their tasks. */
    size_t given, told;
    struct hash128 hashes[NETWORKS];
    bool is_told[NETWORKS], failed[NETWORKS];
    double values[NETWORKS];
    size_t order[NETWORKS]; /* (told) tasks */
};

static inline void visit_case_open(struct visit_case *k, enum search_algorithm a,
                                   uint64_t evaluations)
{
    static const struct log quiet = {.level = LOG_QUIET};
    memset(k, 0, sizeof(*k));
    snprintf(k->folder, sizeof(k->folder), "/tmp/sibyl_visit_XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(k->folder));
    CHECK_OK(space_new("digits201", &k->space));
    search_options_default(&k->options);
    k->options.algorithm = a;
    k->options.evaluations = evaluations;
    k->options.population = 6;
    k->options.sample = 2;
    k->options.seed = 11;
    k->run = (struct search_run){.options = &k->options,
                                 .space = k->space,
                                 .evaluator = &k->evaluator,
                                 .folder = k->folder,
                                 .job_digest = "digest",
                                 .job_text = "job",
                                 .log = &quiet,
                                 .threads = 1};
}

/* Removes a file of the folder. */
static inline void visit_case_remove(const struct visit_case *k, const char *name)
{
    char path[sizeof(k->folder) + 256 + 1];
    snprintf(path, sizeof(path), "%s/%s", k->folder, name);
    CU_ASSERT_EQUAL(unlink(path), 0);
}

static inline void visit_case_close(struct visit_case *k)
{
    DIR *d = opendir(k->folder);
    CU_ASSERT_PTR_NOT_NULL_FATAL(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d))
        if (e->d_name[0] != '.') visit_case_remove(k, e->d_name);
    closedir(d);
    rmdir(k->folder);
    known_results_release(&k->known);
    space_free(k->space);
}

/* The books are what the test knows. Of networks that were only proposed it knows nothing. */
static inline void visit_case_check(const struct visit_case *k, const struct visit *v)
{
    const struct history *h = &v->ledger.history;
    size_t failed = 0, best = NETWORKS, pending = 0;
    uint64_t *tasks = NULL;
    CU_ASSERT_FATAL(h->count >= k->given);
    CU_ASSERT_EQUAL_FATAL(h->measured, k->told);
    for (size_t i = 0; i < k->told; i++) {
        size_t task = k->order[i];
        const struct history_entry *e = &h->entries[task];
        CU_ASSERT_EQUAL(h->order[i], task);
        CU_ASSERT(e->measured && e->failed == k->failed[task] && e->position == i);
        failed += k->failed[task];
        if (k->failed[task]) continue;
        double sign = k->options.minimise ? -1 : 1, value = sign * k->values[task];
        CU_ASSERT_DOUBLE_EQUAL(e->value, value, 0);
        if (best == NETWORKS || value > sign * k->values[best]) best = task;
    }
    CU_ASSERT_EQUAL(h->failed, failed);
    CU_ASSERT_EQUAL(h->found, best < NETWORKS);
    if (h->found) CU_ASSERT_EQUAL(h->best, best);
    CHECK_OK(visit_pending(v, &tasks, &pending));
    CU_ASSERT_EQUAL(pending, k->given - k->told);
    for (size_t i = 0, at = 0; i < k->given; i++) {
        CU_ASSERT_EQUAL(hash128_compare(h->entries[i].candidate.hash, k->hashes[i]), 0);
        CU_ASSERT_EQUAL(visit_task(v, i), k->is_told[i] ? VISIT_TOLD : VISIT_PENDING);
        if (!k->is_told[i]) CU_ASSERT(at < pending && tasks[at++] == i);
    }
    for (size_t i = k->given; i < h->count + 3; i++)
        CU_ASSERT_EQUAL(visit_task(v, i), VISIT_UNKNOWN);
    free(tasks);
}

/* Asks for so many, in a visit of its own; how many came. They are tasks given ..., and of networks
 * that were not given out before. *out_over (may be NULL): visit.over at the end. */
static inline size_t visit_case_ask(struct visit_case *k, size_t wanted, bool *out_over)
{
    struct visit v;
    uint64_t tasks[2 * NETWORKS] = {0};
    size_t count = 0;
    CU_ASSERT_FATAL(wanted <= sizeof(tasks) / sizeof(*tasks));
    CHECK_OK(visit_open(&v, NULL, &k->run, true));
    visit_case_check(k, &v);
    CHECK_OK(visit_ask(&v, wanted, tasks, &count));
    for (size_t i = 0; i < count; i++) {
        struct hash128 hash;
        CU_ASSERT_EQUAL_FATAL(tasks[i], k->given);
        const struct candidate *c = &v.ledger.history.entries[tasks[i]].candidate;
        CHECK_OK(space_hash(k->space, c->genes, &hash));
        CU_ASSERT_EQUAL(hash128_compare(hash, c->hash), 0);
        for (size_t j = 0; j < k->given; j++) CU_ASSERT(hash128_compare(hash, k->hashes[j]) != 0);
        for (size_t j = 0; j < k->known.count; j++)
            CU_ASSERT(hash128_compare(hash, k->known.list[j].candidate.hash) != 0);
        k->hashes[k->given++] = hash;
    }
    visit_case_check(k, &v);
    CHECK_OK(visit_end(&v, false));
    if (out_over) *out_over = v.over;
    visit_close(&v);
    return count;
}

/* Tells of pending tasks, in a visit of its own: `failed` where values[i] is NaN. */
static inline bool visit_case_tell(struct visit_case *k, const size_t *tasks, const double *values,
                                   size_t count)
{
    struct visit v;
    char error[] = "it burnt";
    CHECK_OK(visit_open(&v, NULL, &k->run, false));
    visit_case_check(k, &v);
    for (size_t i = 0; i < count; i++) {
        Sibyl__Measurement m = SIBYL__MEASUREMENT__INIT;
        bool failed = values[i] != values[i];
        m.task = tasks[i];
        m.failed = failed;
        m.value = failed ? 0 : values[i];
        if (failed) m.error = error;
        CHECK_OK(visit_tell(&v, &m));
        k->is_told[tasks[i]] = true;
        k->failed[tasks[i]] = failed;
        k->values[tasks[i]] = m.value;
        k->order[k->told++] = tasks[i];
    }
    visit_case_check(k, &v);
    CHECK_OK(visit_end(&v, true));
    bool over = v.over;
    visit_close(&v);
    return over;
}

/* Tells of the n-th pending one: values are drawn by the test. */
static inline bool visit_case_tell_one(struct visit_case *k, size_t n, double value)
{
    size_t task = 0;
    while (k->is_told[task] || n-- > 0) task++;
    return visit_case_tell(k, &task, &value, 1);
}

#endif
