#include "jobs/planning/plan_jobs.h"

#include "base/clock.h"
#include "base/hashset.h"
#include "jobs/planning/plan_probe.h"
#include "jobs/planning/plan_process.h"
#include "jobs/scoring/precision.h"
#include "jobs/scoring/score_source.h"
#include "proto/graph/canon.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SAMPLE_UNITS 24 /* of the input, evenly spread */
#define SAMPLE_S 3.0    /* no further unit is begun then */
#define PROBE_GRAPHS 2048
#define NETWORK_BYTES 60.0 /* that a network takes while others may be equal to it (scoring.h) */
#define ROW_S 0.6e-6       /* to send a row to its network's rank and to print it */

struct sample {
    struct score_rows rows;
    struct arena arena;
    struct graph *graphs; /* (PROBE_GRAPHS at most) different ones, in the predictor's form */
    size_t graph_count;
    uint64_t units, rows_seen, distinct;
    double seconds; /* to read them and bring them into the predictor's form */
    struct hashset seen;
};

static enum status take_row(struct sample *s, const struct dataset_row *row,
                            const struct vocabulary *v, enum graph_form form)
{
    struct graph g;
    bool added = false;
    enum status st = graph_in_form(&g, &s->arena, &row->graph, v, form);
    if (!st) st = hashset_add(&s->seen, graph_hash(&g), 0, &added);
    if (st) return st;
    s->rows_seen++;
    s->distinct += added;
    if (added && s->graph_count < PROBE_GRAPHS) s->graphs[s->graph_count++] = g;
    return SIBYL_OK;
}

static enum status take_sample(struct sample *s, struct score_source *source, enum graph_form form)
{
    uint64_t units = source->units < SAMPLE_UNITS ? source->units : SAMPLE_UNITS;
    enum status st = SIBYL_OK;
    s->graphs = calloc(PROBE_GRAPHS, sizeof(*s->graphs));
    if (!s->graphs) return err_memory("a plan");
    double start = clock_s();
    for (uint64_t i = 0; i < units && !st && (i == 0 || clock_s() - start < SAMPLE_S); i++) {
        uint64_t unit = source->units * i / units;
        s->units++;
        st = score_source_read(source, unit, unit + 1, &s->rows);
        for (size_t k = 0; k < s->rows.data.count && !st; k++)
            st = take_row(s, &s->rows.data.rows[k], score_source_vocabulary(source), form);
    }
    s->seconds = clock_s() - start;
    return st;
}

/* How many different networks `rows` rows have, from how many a sample of them has, as if all were
 * equally frequent: of N, n draws show N (1 - exp(-n/N)). */
static double guess_distinct(double sample_rows, double sample_distinct, double rows)
{
    double low = sample_distinct, high = 1e15;
    if (sample_distinct >= sample_rows) return rows;
    for (int i = 0; i < 200; i++) {
        double middle = sqrt(low * high);
        if (middle * -expm1(-sample_rows / middle) < sample_distinct)
            low = middle;
        else
            high = middle;
    }
    return fmin(rows, low * -expm1(-rows / low));
}

/* Returns how many are scored. */
static double fill(struct plan_job *j, const struct score_source *source, const struct sample *s,
                   const char *precision, double graph_s)
{
    const struct config_values *v = j->run->config.values;
    double rows = source->rows && !source->space
                      ? (double)source->rows
                      : (double)s->rows_seen * (double)source->units / (double)s->units;
    double seen = (double)s->rows_seen, different = (double)s->distinct;
    /* equal points of a space that is gone through stand near each other */
    bool through = source->space && !source->sample;
    double distinct = through ? rows * different / seen : guess_distinct(seen, different, rows);
    double row_s = s->seconds / (double)(s->rows_seen ? s->rows_seen : 1) + ROW_S;
    double scored = v->score.deduplicate ? distinct : rows;
    j->plan.divided_s = rows * row_s + scored * graph_s;
    j->plan.divided_bytes = v->score.deduplicate ? distinct * NETWORK_BYTES : 0;
    j->plan.fixed_bytes = plan_probe_peak_bytes();
    snprintf(j->summary, sizeof(j->summary),
             "score %.0f architectures of %s, of which about %.0f are different; measured here: "
             "%.0f a second read, %.0f a second scored in %s",
             rows, source->name, distinct, 1 / row_s, graph_s > 0 ? 1 / graph_s : 0, precision);
    return scored;
}

/* The process behind the networks, which is asked about each of `scored` graphs. */
static enum status add_process(struct plan_job *j, const struct predictor *p, double scored)
{
    struct plan_process cost;
    if (p->gp.rows == 0) return SIBYL_OK;
    enum status st = plan_process_measure(&cost, j->run->team, p->gp.rows, p->gp.columns);
    if (st) return st;
    plan_process_add_scoring(&j->plan, &cost, (double)p->gp.rows, scored);
    plan_process_add_bytes(&j->plan, p->gp.columns, (double)p->gp.rows);
    return SIBYL_OK;
}

static enum status probe(struct plan_job *j, struct score_source *source, const struct predictor *p)
{
    const struct config_values *v = j->run->config.values;
    struct sample s = {0};
    struct scorer *unused = NULL;
    struct precision_choice choice;
    struct log quiet = {.level = LOG_QUIET};
    double graph_s = 0;
    arena_init(&s.arena);
    enum status st = take_sample(&s, source, p->options.graph_form);
    s.graph_count = plan_probe_count(s.graphs, s.graph_count);
    if (!st)
        st = precision_scorer(&unused, &choice, j->run->team, p, v->score.precision,
                              j->run->threads, s.graphs, s.graph_count,
                              score_source_guess_rows(source, s.units, s.rows_seen), &quiet);
    struct plan_probe probe = {.self = j->run->team,
                               .like = p,
                               .graphs = s.graphs,
                               .count = s.graph_count,
                               .threads = j->run->threads};
    if (!st) st = plan_probe_scoring(&probe, choice.precision, &graph_s);
    graph_s *= plan_process_passes(&p->options);
    double scored = st ? 0 : fill(j, source, &s, precision_name(choice.precision), graph_s);
    if (!st) st = add_process(j, p, scored);
    scorer_free(unused);
    hashset_release(&s.seen);
    score_rows_release(&s.rows);
    arena_release(&s.arena);
    free(s.graphs);
    return st;
}

enum status plan_score(struct plan_job *j)
{
    const struct config_values *v = j->run->config.values;
    struct predictor p = {0};
    struct score_source source = {0};
    double start = clock_s();
    enum status st = predictor_read(&p, v->predictor_path);
    bool has = !st;
    if (!st) st = score_source_open(&source, j->run->team, v, &p);
    if (!st) st = score_source_fits(&source, &p);
    j->plan.serial_s = clock_s() - start;
    if (!st) st = probe(j, &source, &p);
    score_source_close(&source);
    if (has) predictor_release(&p);
    return st;
}
