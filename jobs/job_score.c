#include "jobs/jobs.h"

#include "base/csv.h"
#include "base/file.h"
#include "jobs/run/run.h"
#include "jobs/scoring/scoring.h"
#include "predictor/scoring/metrics.h"
#include "proto/files/checkpoint_file.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGREEMENT_ROWS (UINT64_C(1) << 22) /* for Kendall's tau to the labels */

static const char *const results[] = {"scores.csv", "top.csv", NULL};

struct score {
    struct run run;
    struct predictor predictor;
    bool has_predictor;
    struct score_source source;
    char *scores, *checkpoint;   /* paths */
    struct identity_files files; /* the predictor and the input */
    struct scoring_outcome outcome;
};

/* Whether low scores are good: as the job says, or else as the predictor was trained. */
static bool lowest(const struct score *j)
{
    enum config_goal goal = j->run.config.values->score.goal;
    return goal == GOAL_PREDICTOR ? j->predictor.minimise : goal == GOAL_MIN;
}

static struct identity identity_of(const struct score *j)
{
    return (struct identity){j->run.config.digest, &j->files};
}

/* Of the job, the predictor and the input: a checkpoint of others is none of this one. */
static enum status make_identity(struct score *j)
{
    const struct config_values *v = j->run.config.values;
    char sha[SHA256_TEXT_BYTES], content[HASH128_TEXT_BYTES];
    enum status st = predictor_sha256(&j->predictor, sha);
    hash128_text(j->source.content, content);
    if (st) return st;
    identity_files_add(&j->files, "predictor", v->predictor_path, sha);
    identity_files_add(&j->files, "input", v->input.file ? v->input.file : v->input.space, content);
    /* predictor_sha256() does not know the direction. */
    identity_files_add(&j->files, "direction of the predictor", v->predictor_path,
                       lowest(j) ? "min" : "max");
    return SIBYL_OK;
}

static enum status open_parts(struct score *j)
{
    const struct config_values *v = j->run.config.values;
    enum status st = predictor_read(&j->predictor, v->predictor_path);
    j->has_predictor = !st;
    st = team_agree(j->run.team, st);
    if (!st)
        log_detail(&j->run.log, "read %s: %" PRIu32 " members of %zu parameters", v->predictor_path,
                   j->predictor.options.members, j->predictor.parameters);
    if (!st) st = score_source_open(&j->source, j->run.team, v, &j->predictor);
    if (st) return st;
    log_detail(&j->run.log, "opened %s: %.1f MB", j->source.name,
               (double)j->source.file_bytes * 1e-6);
    st = score_source_fits(&j->source, &j->predictor);
    if (!st) st = make_identity(j);
    j->scores = run_path(&j->run, "scores.csv");
    j->checkpoint = run_path(&j->run, "checkpoint.sibyl");
    if (!j->scores || !j->checkpoint) st = SIBYL_E_MEM;
    return team_agree(j->run.team, st);
}

/* ---- output, on rank 0 ---- */

static enum status write_top(struct score *j)
{
    const struct score_top *top = &j->outcome.top;
    struct file_writer w = {0};
    char *path = run_path(&j->run, "top.csv");
    enum status st = path ? file_write_begin(&w, path) : SIBYL_E_MEM;
    if (st) goto done;
    fprintf(w.stream, "rank,index,architecture,score\n");
    for (size_t i = 0; i < top->count; i++) {
        fprintf(w.stream, "%zu,%" PRIu64 ",", i + 1, top->entries[i].index);
        csv_print(w.stream, top->entries[i].text);
        fprintf(w.stream, ",%.9g\n", top->entries[i].value);
    }
    st = file_write_commit(&w);
    if (!st && top->count)
        log_root(&j->run.log, "best score %.6g (%s): %s", top->entries[0].value,
                 lowest(j) ? "lowest" : "highest", top->entries[0].text);
done:
    file_write_abandon(&w);
    free(path);
    return st;
}

/* Kendall's tau over the rows of scores.csv whose label is known; of many rows, over every k-th. */
static enum status agreement(const struct score *j, double *out, size_t *out_known)
{
    struct csv c = {0};
    uint64_t every = j->outcome.rows / AGREEMENT_ROWS + 1, line = 0;
    size_t known = 0, rows = (size_t)(j->outcome.rows / every + 1);
    double *a = malloc((2 * rows + 1) * sizeof(*a)), *b = a + rows;
    bool more = false;
    enum status st = a ? csv_open(&c, j->scores) : err_memory("Kendall's tau");
    if (!st) st = csv_next(&c, &more);
    int score = st ? 0 : csv_find(&c, "score"), label = st ? 0 : csv_find(&c, "label");
    if (!st && (score < 0 || label < 0))
        st = err_set(SIBYL_E_FORMAT, "%s: its first line was changed; remove it to score anew",
                     j->scores);
    for (; !st && more && known < rows; st = csv_next(&c, &more))
        if (line++ % every == 0 && csv_number(c.fields[score], &a[known]) &&
            csv_number(c.fields[label], &b[known]))
            known++;
    if (!st) st = metrics_kendall_tau(a, b, known, out);
    *out_known = known;
    csv_close(&c);
    free(a);
    return st;
}

static enum status save(struct score *j)
{
    struct result *r = &j->run.result;
    const struct scoring_outcome *o = &j->outcome;
    double tau = NAN, rate = (double)o->rows_now / (o->seconds > 0 ? o->seconds : 1e-9);
    enum status st = write_top(j);
    if (!st && j->source.labelled) {
        size_t known = 0;
        st = agreement(j, &tau, &known);
        result_number(r, "kendall_tau", tau);
        result_integer(r, "kendall_tau_rows", known);
        if (!st)
            log_root(&j->run.log, "Kendall tau %.4f to %s", tau, j->run.config.values->input.label);
    }
    result_integer(r, "architectures", o->rows);
    if (j->run.config.values->score.deduplicate)
        result_integer(r, "distinct", o->distinct);
    else
        result_null(r, "distinct"); /* nobody has looked */
    result_text(r, "goal", lowest(j) ? "min" : "max");
    if (o->top.count)
        result_number(r, "best_score", o->top.entries[0].value);
    else
        result_null(r, "best_score");
    result_bool(r, "resumed", o->rows_now < o->rows);
    result_text(r, "precision", precision_name(o->precision.precision));
    result_number(r, "precision_kendall_tau", o->precision.kendall_tau);
    result_number(r, "archs_per_s", rate);
    result_number(r, "score_s", o->seconds);
    log_root(&j->run.log,
             "%" PRIu64 " architectures (%" PRIu64 " computed) in %.2f s: %.0f a second", o->rows,
             o->distinct, o->seconds, rate);
    return st;
}

static void tell_what(const struct score *j)
{
    const char *predictor = j->run.config.values->predictor_path;
    int ranks = j->run.ranks;
    if (j->source.lines.path)
        log_root(&j->run.log, "score %.1f MB of JSON lines of %s with %s, %d ranks",
                 (double)j->source.file_bytes * 1e-6, j->source.name, predictor, ranks);
    else
        log_root(&j->run.log, "score %" PRIu64 " architectures of %s with %s, %d ranks",
                 j->source.rows, j->source.name, predictor, ranks);
}

static enum status score_all(struct score *j)
{
    const struct identity own = identity_of(j);
    struct scoring_job job = {.team = j->run.team,
                              .log = &j->run.log,
                              .values = j->run.config.values,
                              .predictor = &j->predictor,
                              .source = &j->source,
                              .own = &own,
                              .path = j->scores,
                              .checkpoint = j->checkpoint,
                              .threads = j->run.threads,
                              .lowest = lowest(j),
                              .accepted = run_save_config,
                              .context = &j->run};
    enum status st = scoring_run(&job, &j->outcome);
    if (!st)
        log_detail(&j->run.log, "scored in %s, and wrote %s",
                   precision_name(j->outcome.precision.precision), j->scores);
    if (!st) st = team_agree(j->run.team, j->run.root ? save(j) : SIBYL_OK);
    st = run_finish(&j->run, st);
    if (!st && j->run.root) checkpoint_file_remove(j->checkpoint);
    return st;
}

static enum status run_all(struct score *j)
{
    enum status st = open_parts(j);
    if (st) return st;
    tell_what(j);
    if (j->run.options->dry_run) return run_would_write(&j->run);
    const struct identity own = identity_of(j);
    bool finished = false;
    st = run_is_finished(&j->run, &own, results, &finished);
    if (!st && finished && j->run.root) {
        run_tell_finished(&j->run);
        checkpoint_file_remove(j->checkpoint); /* of a run that was killed before it could */
    }
    return st || finished ? st : score_all(j);
}

enum status job_score(struct team *t, const struct options *o)
{
    struct score j = {0};
    enum status st = run_open(&j.run, t, o, CONFIG_SCORE);
    if (!st) st = run_all(&j);
    if (j.has_predictor) predictor_release(&j.predictor);
    score_source_close(&j.source);
    score_top_release(&j.outcome.top);
    free(j.scores);
    free(j.checkpoint);
    run_close(&j.run);
    return st;
}
