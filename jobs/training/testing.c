#include "jobs/training/testing.h"

#include "base/file.h"
#include "predictor/training/gp_head.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 16384 /* graphs that a rank brings into their form and scores at a time */

struct testing {
    struct training *training;
    struct team *team;
    bool root;
    bool all; /* all rows are scored, not those of the split's rule alone */
    struct arena arena;
    /* Rank 0: by row number, where scored; and of the rows that a rule tests on. */
    double *row_scores, *row_deviations;
    double *scores, *deviations, *labels;
};

static const struct networks *networks_of(const struct testing *t)
{
    return t->training->networks;
}

/* ---- scores ---- */

/* The rows to score: those of the test, or all. A row's score does not depend on which. */
static size_t rows_to_score(const struct testing *t, const uint32_t **out_rows)
{
    *out_rows = t->all ? NULL : t->training->split.test; /* NULL: all rows */
    return t->all ? networks_of(t)->count : t->training->split.test_count;
}

/* The graphs of rows first .. end-1 of a list, in memory that the next call takes back. */
static enum status make_graphs(struct testing *t, const uint32_t *rows, size_t first, size_t end,
                               struct graph *out)
{
    enum status st = SIBYL_OK;
    for (size_t i = first; i < end && !st; i++)
        st = networks_graph(networks_of(t), rows ? rows[i] : i, &t->arena, &out[i - first]);
    return st;
}

/* Scores of this rank's part of the different networks. Local. */
static enum status score_part(struct testing *t, struct scorer *scorer,
                              const struct distinct_rows *d, double *out)
{
    uint64_t begin, end;
    enum status st = SIBYL_OK;
    struct graph *graphs = malloc(CHUNK * sizeof(*graphs));
    if (!graphs) return err_memory("networks to score");
    team_slice(d->count, team_rank(t->team), team_size(t->team), &begin, &end);
    for (size_t i = begin; i < end && !st; i += CHUNK) {
        size_t stop = i + CHUNK < end ? i + CHUNK : end;
        arena_reset(&t->arena);
        st = make_graphs(t, d->rows, i, stop, graphs);
        if (!st) st = scorer_score(scorer, graphs, stop - i, out + (i - begin), NULL);
    }
    free(graphs);
    return st;
}

/* By the networks alone: each network once, by one rank. Collective. */
static enum status score_networks(struct testing *t, struct scorer *scorer)
{
    const uint32_t *rows;
    size_t count = rows_to_score(t, &rows);
    struct distinct_rows d = {0};
    double *mine = NULL, *all = NULL;
    size_t *counts = malloc((size_t)team_size(t->team) * sizeof(*counts));
    enum status st = counts ? SIBYL_OK : err_memory("scores");
    if (!st) st = networks_distinct(&d, networks_of(t), rows, count);
    for (int r = 0; r < team_size(t->team) && !st; r++) {
        uint64_t begin, end;
        team_slice(d.count, r, team_size(t->team), &begin, &end);
        counts[r] = (size_t)(end - begin);
    }
    if (!st) {
        mine = malloc((counts[team_rank(t->team)] + 1) * sizeof(*mine));
        all = malloc((d.count + 1) * sizeof(*all));
        st = mine && all ? score_part(t, scorer, &d, mine) : err_memory("scores");
    }
    st = team_agree(t->team, st);
    if (!st) team_allgather_doubles(t->team, mine, all, counts);
    for (size_t i = 0; i < count && !st && t->root; i++) {
        t->row_scores[rows ? rows[i] : i] = all[d.place[i]];
        t->row_deviations[rows ? rows[i] : i] = 0;
    }
    distinct_rows_release(&d);
    free(counts);
    free(mine);
    free(all);
    return st;
}

/* With the process, whose parts are on all ranks: blocks of rows, of which each rank embeds its
 * part. Collective. */
static enum status score_process(struct testing *t, struct scorer *scorer, struct gp_head *head)
{
    const uint32_t *rows;
    size_t count = rows_to_score(t, &rows);
    struct graph *graphs = calloc(GP_HEAD_BLOCK, sizeof(*graphs));
    double *values = malloc(GP_HEAD_BLOCK * sizeof(*values));
    double *deviations = malloc(GP_HEAD_BLOCK * sizeof(*deviations));
    enum status st = graphs && values && deviations ? SIBYL_OK : err_memory("scores");
    st = team_agree(t->team, st);
    for (size_t first = 0; first < count && !st; first += GP_HEAD_BLOCK) {
        size_t n = count - first < GP_HEAD_BLOCK ? count - first : GP_HEAD_BLOCK;
        uint64_t begin, end;
        team_slice(n, team_rank(t->team), team_size(t->team), &begin, &end);
        arena_reset(&t->arena);
        st = make_graphs(t, rows, first + begin, first + end, graphs + begin);
        st = team_agree(t->team, st);
        if (!st)
            st = gp_head_score(t->team, head, scorer, graphs, NULL, n, values, deviations, NULL);
        for (size_t i = 0; i < n && !st && t->root; i++) {
            size_t row = rows ? rows[first + i] : first + i;
            t->row_scores[row] = values[i];
            t->row_deviations[row] = deviations[i];
        }
    }
    free(graphs);
    free(values);
    free(deviations);
    return st;
}

/* With the predictor's Gaussian process, if it has one and is to be asked. Collective. */
static enum status score(struct testing *t, bool process)
{
    const struct training *j = t->training;
    struct scorer_options options = {PRECISION_FLOAT32, j->in.threads};
    struct scorer *scorer = NULL;
    struct gp_head *head = NULL;
    enum status st = team_agree(t->team, scorer_new(&scorer, &j->predictor, &options));
    if (!st && process) st = gp_head_new(&head, t->team, false, &j->predictor, j->in.threads);
    if (!st) st = head ? score_process(t, scorer, head) : score_networks(t, scorer);
    gp_head_free(head);
    scorer_free(scorer);
    return st;
}

/* ---- what is told of them, on rank 0 ---- */

static double label_of(const struct testing *t, size_t row)
{
    const struct training *j = t->training;
    return penalties_honest(&j->test_penalties,
                            j->in.data->dataset.rows[row].labels[j->test_label]);
}

/* scores, deviations and labels become those of the rows that `rule` tests on; returns how many. */
static size_t select_rows(struct testing *t, enum config_test rule)
{
    size_t count = 0;
    for (size_t i = 0; i < networks_of(t)->count; i++) {
        double label = label_of(t, i);
        if (!isfinite(label) || !split_tests(&t->training->split, i, rule)) continue;
        t->labels[count] = label;
        t->deviations[count] = t->row_deviations[i];
        t->scores[count++] = t->row_scores[i];
    }
    return count;
}

/* The taus of what was scored: by each rule where it was all, else by the split's. */
static enum status rule_taus(struct testing *t, double *tau)
{
    enum status st = SIBYL_OK;
    for (int rule = TEST_OTHERS; !st && rule <= TEST_NEW; rule++) {
        tau[rule] = NAN;
        if (!t->all && rule != (int)t->training->in.values->split.test) continue;
        size_t count = select_rows(t, (enum config_test)rule);
        st = metrics_kendall_tau(t->scores, t->labels, count, &tau[rule]);
    }
    return st;
}

/* reliability.csv: how often intervals hold. */
static enum status write_reliability(const struct training *j, const struct calibration *c)
{
    struct file_writer w = {0};
    char *path = training_path(j, "reliability.csv");
    enum status st = path ? file_write_begin(&w, path) : SIBYL_E_MEM;
    if (st) goto done;
    fprintf(w.stream, "probability,coverage\n");
    for (int k = 0; k < CALIBRATION_LEVELS; k++)
        fprintf(w.stream, "%.2f,%.6g\n", 0.05 * (k + 1), c->coverage[k]);
    st = file_write_commit(&w);
done:
    file_write_abandon(&w);
    free(path);
    return st;
}

/* predictions.csv: what is predicted of each row of the test, and its label. */
static enum status write_predictions(const struct testing *t)
{
    const struct training *j = t->training;
    bool process = j->predictor.options.head != HEAD_LINEAR;
    struct file_writer w = {0};
    char *path = training_path(j, "predictions.csv");
    enum status st = path ? file_write_begin(&w, path) : SIBYL_E_MEM;
    if (st) goto done;
    fprintf(w.stream, "index,score,label%s\n", process ? ",deviation" : "");
    for (size_t i = 0; i < networks_of(t)->count; i++) {
        double label = label_of(t, i);
        if (!isfinite(label) || !split_tests(&j->split, i, j->in.values->split.test)) continue;
        fprintf(w.stream, "%zu,%.9g,%.9g", i, t->row_scores[i], label);
        if (process) fprintf(w.stream, ",%.9g", t->row_deviations[i]);
        fputc('\n', w.stream);
    }
    st = file_write_commit(&w);
done:
    file_write_abandon(&w);
    free(path);
    return st;
}

static enum status tell(struct testing *t, struct training_outcome *o)
{
    const struct training *j = t->training;
    const struct config_values *v = j->in.values;
    enum status st = rule_taus(t, o->rule_tau);
    for (int rule = TEST_OTHERS; rule <= TEST_NEW; rule++)
        o->rule_size[rule] = select_rows(t, (enum config_test)rule);
    size_t count = select_rows(t, v->split.test);
    if (!st) st = metrics_make(&o->test, t->scores, t->labels, count, v->data.minimise);
    if (!st && j->in.folder) st = write_predictions(t);
    if (st || j->predictor.options.head == HEAD_LINEAR) return st;
    calibration_make(&o->calibration, &j->predictor, t->scores, t->deviations, t->labels, count);
    return j->in.folder ? write_reliability(j, &o->calibration) : SIBYL_OK;
}

/* ---- all of it ---- */

static enum status reserve(struct testing *t)
{
    size_t room = networks_of(t)->count + 1;
    if (!t->root) return SIBYL_OK;
    t->row_scores = calloc(5 * room, sizeof(double));
    if (!t->row_scores) return err_memory("scores");
    t->row_deviations = t->row_scores + room;
    t->scores = t->row_deviations + room;
    t->deviations = t->scores + room;
    t->labels = t->deviations + room;
    return SIBYL_OK;
}

enum status testing_run(struct training *j, struct training_outcome *o)
{
    struct testing t = {.training = j,
                        .team = j->in.team,
                        .root = team_rank(j->in.team) == 0,
                        .all = j->in.data->dataset.count <= TRAINING_ALL_ROWS};
    arena_init(&t.arena);
    enum status st = team_agree(t.team, reserve(&t));
    if (!st && j->predictor.options.head == HEAD_LINEAR_GP) {
        st = score(&t, false);
        if (!st && t.root) st = rule_taus(&t, o->networks_tau);
        st = team_agree(t.team, st);
    }
    if (!st) st = score(&t, true);
    if (!st && t.root) st = tell(&t, o);
    st = team_agree(t.team, st);
    if (!st) team_broadcast(t.team, 0, o, sizeof(*o));
    arena_release(&t.arena);
    free(t.row_scores);
    return st;
}
