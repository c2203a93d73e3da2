/* Networks that ranks come upon in any order get the scores of one scorer, each is computed once,
 * and the first to come is known. */
#include "jobs/scoring/distinct_scores.h"
#include "jobs/scoring/score_top.h"
#include "proto/graph/canon.h"
#include "tests/mpi/mpi_data.h"
#include "tests/mpi/mpi_run.h"

#include <stdlib.h>
#include <string.h>

#define QUERY 400
#define ROUNDS 3

/* What a rank asks in a round: random networks, many of them several times; now and then none. */
struct question {
    struct graph graphs[QUERY];
    struct hash128 keys[QUERY];
    double values[QUERY], deviations[QUERY];
    bool first[QUERY];
    int which[QUERY];
    size_t count;
};

static void ask(struct question *q, const struct data *d, int rank, int round)
{
    struct rng r;
    rng_init(&r, 8, RNG_TEST, (uint64_t)(rank * ROUNDS + round));
    q->count = rank == 1 && round == 0 ? 0 : 1 + rng_below(&r, QUERY);
    for (size_t i = 0; i < q->count; i++) {
        q->which[i] = (int)rng_below(&r, round ? DATA_COUNT : DATA_COUNT / 2);
        q->graphs[i] = d->graphs[q->which[i]];
        q->keys[i] = graph_hash(&q->graphs[i]);
    }
}

static struct distinct_query query_of(struct question *q)
{
    return (struct distinct_query){q->graphs, q->keys,       q->count,
                                   q->values, q->deviations, q->first};
}

/* Which networks were met, in the order of calls, ranks and rows, by hash; `q` is scratch. */
struct met {
    struct hash128 keys[DATA_COUNT];
    size_t count;
};

static bool meet(struct met *m, struct hash128 key)
{
    for (size_t i = 0; i < m->count; i++)
        if (hash128_compare(m->keys[i], key) == 0) return false;
    m->keys[m->count++] = key;
    return true;
}

static void meet_all(struct met *m, struct question *q, const struct data *d, int round,
                     bool *out_first)
{
    for (int rank = 0; rank < team_size(everyone); rank++) {
        ask(q, d, rank, round);
        for (size_t i = 0; i < q->count; i++) {
            bool first = meet(m, q->keys[i]);
            if (rank == team_rank(everyone)) out_first[i] = first;
        }
    }
}

static void check_rounds(bool deduplicate, bool recalled)
{
    struct data *d = malloc(sizeof(*d));
    struct question *q = malloc(sizeof(*q)), *scratch = malloc(sizeof(*q));
    struct met met = {.count = 0};
    struct predictor p;
    struct scorer *scorer = NULL;
    struct distinct_scores *s = NULL;
    double want[DATA_COUNT], deviations[DATA_COUNT];
    uint64_t asked = 0;
    bool first[QUERY];
    CU_ASSERT_FATAL(d && q && scratch);
    data_make(d);
    data_predictor(d, &p, 2);
    trainer_first_weights(
        &p,
        &(struct trainer_run){.options = &(struct training_options){.init_scale = 1}, .seed = 4}, 0,
        p.weights);
    memcpy(p.weights + p.parameters, p.weights, p.parameters * sizeof(float));
    CHECK_OK(scorer_new(&scorer, &p, NULL));
    CHECK_OK(scorer_score(scorer, d->graphs, DATA_COUNT, want, deviations));
    struct distinct_scores_job job = {everyone, scorer, NULL, d->vocabulary.count, deduplicate};
    CHECK_OK(distinct_scores_new(&s, &job));
    for (int round = 0; round < ROUNDS; round++) {
        meet_all(&met, scratch, d, round, first);
        ask(q, d, team_rank(everyone), round);
        struct distinct_query query = query_of(q);
        if (recalled && round == 0) {
            CHECK_OK(distinct_scores_recall(s, &query));
            continue;
        }
        CHECK_OK(distinct_scores_take(s, &query));
        asked += q->count;
        for (size_t i = 0; i < q->count; i++) {
            char text[32];
            snprintf(text, sizeof(text), "%.9g", want[q->which[i]]);
            CU_ASSERT_EQUAL(q->values[i], strtod(text, NULL));
            CU_ASSERT_EQUAL(q->first[i], !deduplicate || first[i]);
        }
    }
    if (deduplicate)
        CU_ASSERT_EQUAL(team_sum_u64(everyone, distinct_scores_count(s)), met.count)
    else
        CU_ASSERT_EQUAL(distinct_scores_count(s), asked);
    distinct_scores_free(s);
    scorer_free(scorer);
    predictor_release(&p);
    arena_release(&d->arena);
    free(d);
    free(q);
    free(scratch);
}

static void test_once(void)
{
    check_rounds(true, false);
}

static void test_all(void)
{
    check_rounds(false, false);
}

static void test_recalled(void)
{
    check_rounds(true, true);
}

/* The best of all ranks are on rank 0, whatever rank they were found on. */
static void test_reduced_top(void)
{
    struct score_top t;
    int rank = team_rank(everyone), size = team_size(everyone);
    score_top_init(&t, 5, false);
    for (int i = 0; i < 40; i++)
        if (i % size == rank)
            CHECK_OK(score_top_add(&t, (double)(i * 7 % 40), (uint64_t)i, i % 2 ? "odd" : "even"));
    for (int again = 0; again < 2; again++) { /* and a second time nothing is counted twice */
        CHECK_OK(score_top_reduce(&t, everyone));
        CU_ASSERT_EQUAL_FATAL(t.count, rank ? 0 : 5);
        for (size_t i = 0; i < t.count; i++) {
            CU_ASSERT_EQUAL(t.entries[i].value, 39.0 - (double)i);
            CU_ASSERT_EQUAL(t.entries[i].index * 7 % 40, 39 - i);
        }
    }
    score_top_release(&t);
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {{"each network once", test_once},
                           {"without deduplication", test_all},
                           {"after a restart", test_recalled},
                           {"the best of all ranks", test_reduced_top},
                           CU_TEST_INFO_NULL};
    return mpi_run(argc, argv, "distinct_scores", tests);
}
