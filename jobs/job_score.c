#include "jobs/jobs.h"
#include "jobs/networks.h"
#include "jobs/run.h"
#include "jobs/scores.h"

#include "base/clock.h"
#include "base/file.h"
#include "predictor/gp_head.h"
#include "predictor/metrics.h"
#include "proto/csv.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum status check_input(const struct predictor *p, const struct vocabulary *v,
                               uint32_t attributes, const char *what)
{
    if (p->options.attributes.count != attributes)
        return err_set(SIBYL_E_FORMAT,
                       "the predictor was trained on nodes with %" PRIu32
                       " attributes, but those of %s have %" PRIu32,
                       p->options.attributes.count, what, attributes);
    if (vocabulary_equal(&p->vocabulary, v)) return SIBYL_OK;
    return err_set(
        SIBYL_E_FORMAT,
        "the predictor was trained on other operations than those of %s; compare them with "
        "sibyl inspect",
        what);
}

struct score {
    struct run run;
    struct predictor predictor;
    bool has_predictor;
    struct dataset data;
    uint32_t label;
    struct space *space;
    struct scores scores;
    double score_s;
};

static enum status open_parts(struct score *j)
{
    const struct config_values *v = j->run.config.values;
    enum status st = predictor_read(&j->predictor, v->predictor_path);
    if (st) return st;
    j->has_predictor = true;
    if (v->input.space) {
        st = space_new(v->input.space, &j->space);
        if (st) return err_prefix(SIBYL_E_USAGE, "input.space");
        return check_input(&j->predictor, &j->space->vocabulary, 0, v->input.space);
    }
    st = dataset_read(&j->data, v->input.file);
    if (!st)
        st = check_input(&j->predictor, &j->data.vocabulary, j->data.attributes, v->input.file);
    if (!st && v->input.label) st = dataset_find_label(&j->data, v->input.label, &j->label);
    return st;
}

static enum status score_dataset(struct score *j)
{
    struct networks n = {0};
    struct scorer *scorer = NULL;
    struct gp_head *head = NULL;
    size_t distinct = 0;
    bool deduplicate = j->run.config.values->score.deduplicate;
    enum status st = networks_make(&n, &j->data, j->predictor.options.graph_form);
    if (!st) st = scores_reserve(&j->scores, n.count);
    st = team_agree(j->run.team, st);
    if (!st)
        st = precision_scorer(&scorer, &j->scores.precision, j->run.team, &j->predictor,
                              j->run.config.values->score.precision, j->run.threads, n.graphs,
                              n.count, &j->run.log);
    if (!st) st = gp_head_new(&head, j->run.team, &j->predictor, j->run.threads);
    if (!st)
        st =
            gp_head_score(j->run.team, head, scorer, n.graphs, deduplicate ? n.keys : NULL, n.count,
                          j->scores.values, head ? j->scores.deviations : NULL, &distinct);
    if (st) goto done;
    for (size_t i = 0; i < n.count; i++) j->scores.indexes[i] = i;
    j->scores.count = n.count;
    j->scores.architectures = n.count;
    j->scores.distinct = distinct;
done:
    gp_head_free(head);
    scorer_free(scorer);
    networks_release(&n);
    return st;
}

/* ---- output, on rank 0 ---- */

static enum status text_of(const struct score *j, uint64_t index, char *text, const char **out)
{
    if (!j->space) {
        *out = j->data.rows[index].text;
        return SIBYL_OK;
    }
    struct genome g;
    scores_point(j->space, j->run.config.values->input.sample, j->run.config.values->seed, index,
                 &g);
    j->space->text(j->space, &g, text);
    *out = text;
    return SIBYL_OK;
}

static enum status write_scores(struct score *j, char *text)
{
    struct file_writer w = {0};
    const char *name = "";
    bool labels = j->run.config.values->input.label != NULL;
    char *path = run_path(&j->run, "scores.csv");
    enum status st = path ? file_write_begin(&w, path) : SIBYL_E_MEM;
    if (st) goto done;
    bool uncertain = j->predictor.gp.rows > 0;
    fprintf(w.stream, "index,architecture,score%s%s\n", labels ? ",label" : "",
            uncertain ? ",deviation" : "");
    for (size_t i = 0; !st && i < j->scores.count; i++) {
        st = text_of(j, j->scores.indexes[i], text, &name);
        fprintf(w.stream, "%" PRIu64 ",", j->scores.indexes[i]);
        csv_print(w.stream, name);
        fprintf(w.stream, ",%.9g", j->scores.values[i]);
        double x = labels ? j->data.rows[i].labels[j->label] : NAN;
        if (labels) fputc(',', w.stream);
        if (isfinite(x)) fprintf(w.stream, "%.9g", x);
        if (uncertain) fprintf(w.stream, ",%.9g", j->scores.deviations[i]);
        fputc('\n', w.stream);
    }
    if (!st) st = file_write_commit(&w);
done:
    file_write_abandon(&w);
    free(path);
    return st;
}

static enum status write_top(struct score *j, char *text)
{
    struct file_writer w = {0};
    const char *name = "";
    size_t *order = NULL, count = 0;
    char *path = run_path(&j->run, "top.csv");
    enum status st =
        path ? scores_top(&j->scores, j->run.config.values->top, &order, &count) : SIBYL_E_MEM;
    if (!st) st = file_write_begin(&w, path);
    if (st) goto done;
    fprintf(w.stream, "rank,index,architecture,score\n");
    for (size_t i = 0; !st && i < count; i++) {
        uint64_t index = j->scores.indexes[order[i]];
        st = text_of(j, index, text, &name);
        fprintf(w.stream, "%zu,%" PRIu64 ",", i + 1, index);
        csv_print(w.stream, name);
        fprintf(w.stream, ",%.9g\n", j->scores.values[order[i]]);
        if (i == 0) log_root(&j->run.log, "best score %.6g: %s", j->scores.values[order[0]], name);
    }
    if (!st) st = file_write_commit(&w);
done:
    file_write_abandon(&w);
    free(order);
    free(path);
    return st;
}

/* Kendall's tau over the rows whose label is known. */
static enum status agreement(const struct score *j, double *out)
{
    size_t known = 0;
    double *a = calloc(j->scores.count + 1, sizeof(*a)),
           *b = calloc(j->scores.count + 1, sizeof(*b));
    enum status st = a && b ? SIBYL_OK : err_memory("Kendall's tau");
    for (size_t i = 0; !st && i < j->scores.count; i++) {
        double x = j->data.rows[i].labels[j->label];
        if (!isfinite(x)) continue;
        a[known] = j->scores.values[i];
        b[known++] = x;
    }
    if (!st) st = metrics_kendall_tau(a, b, known, out);
    free(a);
    free(b);
    return st;
}

static enum status save(struct score *j)
{
    struct result *r = &j->run.result;
    double tau = NAN, rate = (double)j->scores.architectures / (j->score_s > 0 ? j->score_s : 1e-9);
    char *text = calloc(1, j->space ? (size_t)j->space->text_bytes + 1 : 1);
    enum status st = text ? write_scores(j, text) : err_memory("an architecture");
    if (!st) st = write_top(j, text);
    free(text);
    if (!st && j->run.config.values->input.label) {
        st = agreement(j, &tau);
        result_number(r, "kendall_tau", tau);
        if (!st)
            log_root(&j->run.log, "Kendall tau %.4f to %s", tau, j->run.config.values->input.label);
    }
    result_integer(r, "architectures", j->scores.architectures);
    result_integer(r, "distinct", j->scores.distinct);
    result_text(r, "precision", precision_name(j->scores.precision.precision));
    result_number(r, "precision_kendall_tau", j->scores.precision.kendall_tau);
    result_number(r, "archs_per_s", rate);
    result_number(r, "score_s", j->score_s);
    log_root(&j->run.log,
             "%" PRIu64 " architectures (%" PRIu64 " distinct) in %.2f s: %.0f a second",
             j->scores.architectures, j->scores.distinct, j->score_s, rate);
    return st;
}

static enum status run_all(struct score *j)
{
    const struct config_values *v = j->run.config.values;
    enum status st = team_agree(j->run.team, open_parts(j));
    if (st) return st;
    uint64_t count = !j->space         ? j->data.count
                     : v->input.sample ? v->input.sample
                                       : j->space->strings;
    log_root(&j->run.log, "score %" PRIu64 " architectures of %s with %s, %d ranks", count,
             j->space ? v->input.space : v->input.file, v->predictor_path, team_size(j->run.team));
    if (j->run.options->dry_run) {
        log_root(&j->run.log, "would write to %s", j->run.folder);
        return SIBYL_OK;
    }
    double start = clock_s();
    struct scores_job job = {j->space,        &j->predictor, v->score.precision,   j->run.threads,
                             v->input.sample, v->seed,       v->score.deduplicate, &j->run.log};
    st = j->space ? scores_of_space(j->run.team, &job, &j->scores) : score_dataset(j);
    if (st) return st;
    j->score_s = team_max(j->run.team, clock_s() - start);
    st = team_agree(j->run.team, j->run.root ? save(j) : SIBYL_OK);
    return run_finish(&j->run, st);
}

enum status job_score(struct team *t, const struct options *o)
{
    struct score j = {0};
    enum status st = run_open(&j.run, t, o, CONFIG_SCORE);
    if (!st) st = run_all(&j);
    if (j.has_predictor) predictor_release(&j.predictor);
    dataset_release(&j.data);
    space_free(j.space);
    scores_release(&j.scores);
    run_close(&j.run);
    return st;
}
