#include "jobs/scoring/scoring.h"

#include "base/clock.h"
#include "base/csv.h"
#include "base/file.h"
#include "jobs/run/signals.h"
#include "jobs/scoring/distinct_scores.h"
#include "jobs/scoring/score_state.h"
#include "jobs/training/input_features.h"
#include "predictor/scoring/predictor_input.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUND_UNITS 8   /* of each rank */
#define PROGRESS_S 10.0 /* between lines of the log */

/* What is wished behind a round. */
enum wish { WISH_CHECKPOINT = 1, WISH_STOP = 2 };

struct scoring {
    const struct scoring_job *job;
    struct scoring_outcome *out;
    struct scorer *scorer;
    struct gp_head *head;
    struct distinct_scores *distinct;
    struct score_rows rows; /* of this rank in this round */
    struct arena arena;     /* of this round */
    struct graph *graphs;   /* (rows) in the predictor's form */
    struct distinct_query query;
    struct score_file file;
    struct score_state state; /* of all ranks, behind the last round */
    double *counts;           /* (ranks) */
    size_t *ones;             /* (ranks) one number from each */
    double started_s, checkpoint_due_s, progress_due_s;
    bool uncertain;
    uint64_t begun_units; /* done when this run began: by those before it */
};

/* ---- networks of a round ---- */

/* Row i's graph as the predictor sees it, and its key. */
static enum status make_network(struct scoring *s, size_t i, struct graph *out,
                                struct hash128 *out_key)
{
    const struct score_source *source = s->job->source;
    const struct dataset_row *row = &s->rows.data.rows[i];
    double values[GRAPH_ATTRIBUTES_MAX];
    struct predictor_input made;
    input_features_of_row(source->features, source->columns, row, values);
    enum status st = predictor_input_make(&made, &s->arena, s->job->predictor, &row->graph, values);
    if (st) return st;
    *out = made.graph;
    *out_key = made.key;
    return SIBYL_OK;
}

/* Memory for this round's rows. */
static enum status make_query(struct scoring *s)
{
    size_t n = s->rows.data.count;
    arena_reset(&s->arena);
    s->graphs = arena_calloc(&s->arena, n + 1, sizeof(*s->graphs));
    s->query = (struct distinct_query){.graphs = s->graphs, .count = n};
    struct hash128 *keys = arena_calloc(&s->arena, n + 1, sizeof(*keys));
    s->query.keys = keys;
    s->query.values = arena_calloc(&s->arena, n + 1, sizeof(double));
    s->query.deviations = arena_calloc(&s->arena, n + 1, sizeof(double));
    s->query.first = arena_calloc(&s->arena, n + 1, sizeof(bool));
    if (!s->graphs || !keys || !s->query.values || !s->query.deviations || !s->query.first)
        return SIBYL_E_MEM;
    for (size_t i = 0; i < n; i++) {
        enum status st = make_network(s, i, &s->graphs[i], &keys[i]);
        if (st)
            return err_prefix(st, "architecture %zu behind %" PRIu64 " and what other ranks read",
                              i, s->state.rows);
    }
    return SIBYL_OK;
}

/* Rows of this rank's part of units first .. end-1, and their networks. */
static enum status read_part(struct scoring *s, uint64_t first, uint64_t end)
{
    uint64_t begin, stop;
    team_slice(end - first, team_rank(s->job->team), team_size(s->job->team), &begin, &stop);
    enum status st = score_source_read(s->job->source, first + begin, first + stop, &s->rows);
    return st ? st : make_query(s);
}

/* Where the round ends that begins at `unit`. */
static uint64_t round_end(const struct scoring *s, uint64_t unit, uint64_t units)
{
    uint64_t end = unit + (uint64_t)team_size(s->job->team) * ROUND_UNITS;
    return end < units ? end : units;
}

/* `mine` of every rank: the sum of the ranks before this one, and of all. Collective. */
static void add_up(struct scoring *s, uint64_t mine, uint64_t *out_before, uint64_t *out_all)
{
    double x = (double)mine;
    uint64_t all = 0;
    team_allgather_doubles(s->job->team, &x, s->counts, s->ones);
    for (int r = 0; r < team_size(s->job->team); r++) {
        if (r == team_rank(s->job->team)) *out_before = all;
        all += (uint64_t)s->counts[r];
    }
    *out_all = all;
}

/* ---- output ---- */

static void print_row(const struct scoring *s, FILE *f, size_t i, uint64_t index)
{
    const struct dataset_row *row = &s->rows.data.rows[i];
    const struct score_source *source = s->job->source;
    fprintf(f, "%" PRIu64 ",", index);
    csv_print(f, dataset_row_name(row));
    fprintf(f, ",%.9g", s->query.values[i]);
    if (source->labelled) fputc(',', f);
    if (source->labelled && isfinite(row->labels[source->label]))
        fprintf(f, "%.9g", row->labels[source->label]);
    if (s->uncertain) fprintf(f, ",%.9g", s->query.deviations[i]);
    fputc('\n', f);
}

/* This rank's rows as text, and the best of them. Row 0 is number `first` of the input. Of a
 * space's equal networks only the first is listed. */
static enum status print_part(struct scoring *s, uint64_t first, char **out, size_t *out_bytes)
{
    FILE *f = open_memstream(out, out_bytes);
    enum status st = SIBYL_OK;
    if (!f) return err_memory("scores");
    for (size_t i = 0; i < s->query.count && !st; i++) {
        uint64_t index = s->rows.points ? s->rows.points[i] : first + i;
        if (s->job->source->space && !s->query.first[i]) continue;
        print_row(s, f, i, index);
        st = score_top_add(&s->out->top, s->query.values[i], index,
                           dataset_row_name(&s->rows.data.rows[i]));
    }
    if (fclose(f) && !st) st = err_memory("scores");
    return st;
}

static enum status write_part(struct scoring *s, uint64_t first)
{
    char *text = NULL;
    size_t bytes = 0;
    uint64_t before = 0, all = 0;
    enum status st = team_agree(s->job->team, print_part(s, first, &text, &bytes));
    if (!st) {
        add_up(s, bytes, &before, &all);
        st = score_file_write(&s->file, text, bytes, s->state.bytes + before);
        s->state.bytes += all;
    }
    free(text);
    return st; /* agreed on with the wishes */
}

/* ---- states ---- */

static enum status save_state(struct scoring *s)
{
    enum status st = team_agree(s->job->team, score_file_sync(&s->file));
    if (!st) st = score_top_reduce(&s->out->top, s->job->team);
    if (!st && team_rank(s->job->team) == 0)
        st = score_state_write(s->job->checkpoint, s->job->own, &s->state, &s->out->top);
    s->checkpoint_due_s = clock_s() + s->job->values->score.checkpoint_s;
    return team_agree(s->job->team, st);
}

static unsigned wishes(const struct scoring *s)
{
    bool due = team_rank(s->job->team) == 0 && clock_s() >= s->checkpoint_due_s;
    return (due ? WISH_CHECKPOINT : 0) | (signals_stop_asked(NULL) ? WISH_STOP : 0);
}

static void tell_progress(struct scoring *s)
{
    double now = clock_s(), elapsed = now - s->started_s;
    uint64_t units = s->job->source->units, done = s->state.units - s->begun_units;
    if (now < s->progress_due_s || s->state.units >= units || !done) return;
    s->progress_due_s = now + PROGRESS_S;
    log_root(s->job->log, "%" PRIu64 " architectures, %.0f%%, %.0f a second, %.0f s left",
             s->state.rows, 100 * (double)s->state.units / (double)units,
             (double)s->out->rows_now / elapsed,
             elapsed / (double)done * (double)(units - s->state.units));
}

static enum status round_of(struct scoring *s)
{
    struct team *t = s->job->team;
    uint64_t before = 0, all = 0;
    unsigned wished = 0;
    uint64_t end_unit = round_end(s, s->state.units, s->job->source->units);
    enum status st = team_agree(t, read_part(s, s->state.units, end_unit));
    if (st) return st;
    add_up(s, s->query.count, &before, &all);
    st = distinct_scores_take(s->distinct, &s->query);
    if (!st) st = write_part(s, s->state.rows + before);
    s->state.rows += all;
    s->out->rows_now += all;
    s->state.units = end_unit;
    st = team_agree_wishes(t, st, wishes(s), &wished);
    if (st) return st;
    tell_progress(s);
    bool end = s->state.units >= s->job->source->units;
    if (wished || end) st = save_state(s);
    if (st || end || !(wished & WISH_STOP)) return st;
    return err_set(SIBYL_E_STOPPED, "stopped after %" PRIu64 " architectures", s->state.rows);
}

/* Networks of the units that an earlier run has done. A signal is obeyed: the checkpoint stands. */
static enum status recall(struct scoring *s)
{
    struct team *t = s->job->team;
    unsigned wished = 0;
    enum status st = SIBYL_OK;
    if (!s->job->values->score.deduplicate) return st;
    for (uint64_t unit = 0, end; unit < s->state.units && !st; unit = end) {
        end = round_end(s, unit, s->state.units);
        st = read_part(s, unit, end);
        st = team_agree_wishes(t, st, signals_stop_asked(NULL) ? WISH_STOP : 0, &wished);
        if (!st && wished)
            st =
                err_set(SIBYL_E_STOPPED, "stopped behind %" PRIu64 " architectures", s->state.rows);
        if (!st) st = distinct_scores_recall(s->distinct, &s->query);
    }
    return st;
}

/* ---- begin and end ---- */

/* The state of an earlier run, where there is one. Collective. */
static enum status read_state(struct scoring *s)
{
    const struct scoring_job *job = s->job;
    bool found = false;
    enum status st = SIBYL_OK;
    if (team_rank(job->team) == 0)
        st = score_state_read(job->checkpoint, job->own, job->log, &s->state, &s->out->top, &found);
    if (!st && s->state.units > job->source->units)
        st = err_set(SIBYL_E_FORMAT, "%s: it is further than the input", job->checkpoint);
    st = team_agree(job->team, st);
    if (st) return st;
    team_broadcast(job->team, 0, &s->state, sizeof(s->state));
    s->begun_units = s->state.units;
    if (s->state.rows)
        log_root(job->log, "going on behind %" PRIu64 " architectures", s->state.rows);
    return SIBYL_OK;
}

/* The first line of the file of scores, at its beginning or, where it was begun, found there. */
static enum status head_line(struct scoring *s)
{
    char head[64], there[64];
    int bytes =
        snprintf(head, sizeof(head), "index,architecture,score%s%s\n",
                 s->job->source->labelled ? ",label" : "", s->uncertain ? ",deviation" : "");
    if (!s->state.bytes) {
        s->state.bytes = (uint64_t)bytes;
        return team_rank(s->job->team) == 0 ? score_file_write(&s->file, head, (size_t)bytes, 0)
                                            : SIBYL_OK;
    }
    if (team_rank(s->job->team) != 0) return SIBYL_OK;
    enum status st = file_read_at(s->file.fd, s->file.partial, there, (size_t)bytes, 0);
    if (!st && memcmp(head, there, (size_t)bytes) != 0)
        st = err_set(SIBYL_E_FORMAT,
                     "%s: its first line was changed; remove checkpoint.sibyl beside it to score "
                     "anew",
                     s->file.partial);
    return st;
}

static enum status begin_file(struct scoring *s)
{
    struct team *t = s->job->team;
    bool root = team_rank(t) == 0;
    bool complete = s->state.bytes && s->state.units == s->job->source->units;
    enum status st = SIBYL_OK;
    if (root)
        st = score_file_open(&s->file, s->job->path, complete ? SCORE_COMPLETE : SCORE_MAKE,
                             s->state.bytes);
    if (!st) st = head_line(s);
    st = team_agree(t, st);
    if (st) return st;
    if (!root) st = score_file_open(&s->file, s->job->path, SCORE_OPEN, 0);
    return team_agree(t, st);
}

/* JSON lines have no header that tells which labels there are. */
static void warn_of_labels(const struct scoring *s)
{
    const struct dataset *d = &s->rows.data;
    size_t known = 0;
    if (!s->job->source->labelled || !s->job->source->lines.path || team_rank(s->job->team)) return;
    for (size_t i = 0; i < d->count; i++) known += isfinite(d->rows[i].labels[0]) != 0;
    if (!known)
        log_warn(s->job->log, "%s: none of the first %zu lines has a number %s (input.label)",
                 s->job->source->name, d->count, s->job->values->input.label);
}

/* The scorer, with a precision that is chosen by a sample, or was by an earlier run. Collective. */
static enum status begin_scorer(struct scoring *s)
{
    enum status st = SIBYL_OK;
    const struct scoring_job *job = s->job;
    bool bf16 = s->state.precision == PRECISION_BF16;
    enum config_precision wanted = job->values->score.precision;
    uint64_t units = 0;
    if (s->state.bytes) wanted = bf16 ? CONFIG_PRECISION_BF16 : CONFIG_PRECISION_FLOAT32;
    bool has = precision_all_have_bf16(job->team);
    if (!st && s->state.bytes && bf16 && !has)
        st = err_set(SIBYL_E_USAGE,
                     "%s: scores so far are in bfloat16, which not every CPU here has; go on where "
                     "it was begun, or remove it to score anew",
                     job->checkpoint);
    if (!st) st = score_source_sample(job->source, &s->rows, &units);
    if (!st) st = score_source_has_features(job->source, &s->rows);
    if (!st) st = make_query(s);
    st = team_agree(job->team, st);
    if (st) return st;
    warn_of_labels(s);
    return precision_scorer(&s->scorer, &s->out->precision, job->team, job->predictor, wanted,
                            job->threads, s->graphs, s->query.count,
                            score_source_guess_rows(job->source, units, s->query.count), job->log);
}

static enum status begin(struct scoring *s)
{
    const struct scoring_job *job = s->job;
    size_t ranks = (size_t)team_size(job->team);
    s->counts = malloc(ranks * sizeof(*s->counts));
    s->ones = malloc(ranks * sizeof(*s->ones));
    enum status st = s->counts && s->ones ? SIBYL_OK : err_memory("scores");
    for (size_t r = 0; r < ranks && !st; r++) s->ones[r] = 1;
    st = team_agree(job->team, st);
    if (!st) st = read_state(s);
    if (st) return st;
    st = begin_scorer(s);
    s->state.precision = s->out->precision.precision;
    if (!st) st = gp_head_new(&s->head, job->team, false, job->predictor, job->threads);
    if (st) return st;
    struct distinct_scores_job distinct = {job->team, s->scorer, s->head,
                                           score_source_vocabulary(job->source)->count,
                                           job->values->score.deduplicate};
    st = team_agree(job->team, distinct_scores_new(&s->distinct, &distinct));
    if (!st) st = begin_file(s);
    if (st) return st;
    if (team_rank(job->team) == 0 && job->accepted) st = job->accepted(job->context);
    return team_agree(job->team, st);
}

static enum status finish(struct scoring *s)
{
    enum status st = team_agree(s->job->team, score_source_finish(s->job->source, s->state.rows));
    if (st) return st;
    s->out->rows = s->state.rows;
    s->out->distinct = team_sum_u64(s->job->team, distinct_scores_count(s->distinct));
    s->out->seconds = team_max(s->job->team, clock_s() - s->started_s);
    score_top_sort(&s->out->top);
    if (team_rank(s->job->team) == 0) st = score_file_commit(&s->file, s->state.bytes);
    return team_agree(s->job->team, st);
}

static void release(struct scoring *s)
{
    distinct_scores_free(s->distinct);
    gp_head_free(s->head);
    scorer_free(s->scorer);
    score_rows_release(&s->rows);
    arena_release(&s->arena);
    score_file_close(&s->file);
    free(s->counts);
    free(s->ones);
}

enum status scoring_run(const struct scoring_job *job, struct scoring_outcome *out)
{
    double now = clock_s();
    struct scoring s = {.job = job,
                        .out = out,
                        .started_s = now,
                        .checkpoint_due_s = now + job->values->score.checkpoint_s,
                        .progress_due_s = now + PROGRESS_S,
                        .uncertain = job->predictor->gp.rows > 0};
    arena_init(&s.arena);
    *out = (struct scoring_outcome){0};
    score_top_init(&out->top, (size_t)job->values->top, job->lowest);
    enum status st = begin(&s);
    if (!st) st = recall(&s);
    s.started_s = clock_s();
    while (!st && s.state.units < job->source->units) st = round_of(&s);
    if (!st) st = finish(&s);
    release(&s);
    return st;
}
