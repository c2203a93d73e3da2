#include "jobs/jobs.h"
#include "jobs/planning/plan_jobs.h"

#include "base/duration.h"
#include "jobs/planning/plan_script.h"

#include <stdio.h>
#include <stdlib.h>

#define START_S 1.0 /* of the launcher and MPI */

static const char *const verbs[] = {
    [CONFIG_TRAIN] = "train", [CONFIG_SCORE] = "score", [CONFIG_SEARCH] = "search"};

void plan_job_release(struct plan_job *j)
{
    free(j->task_list);
    *j = (struct plan_job){0};
}

static enum status make_plan(struct plan_job *j, enum config_verb verb)
{
    switch (verb) {
    case CONFIG_TRAIN:
        return plan_train(j);
    case CONFIG_SCORE:
        return plan_score(j);
    case CONFIG_SEARCH:
        break;
    }
    return plan_search(j);
}

/* ---- the table ---- */

static void print_row(const struct plan_job *j, int ranks)
{
    char text[64];
    double wall_s = plan_wall_s(&j->plan, &j->tasks, ranks);
    double alone_s = plan_wall_s(&j->plan, &j->tasks, 1);
    duration_text(text, sizeof(text), wall_s);
    printf("%7d  %-14s  %8.0f MB  %7.0f %%\n", ranks, text,
           plan_bytes(&j->plan, &j->tasks, ranks) / 1e6, 100 * alone_s / wall_s / ranks);
}

static void print_table(const struct plan_job *j, int ranks)
{
    printf("%s\n%7s  %-14s  %11s  %9s\n", j->summary, "ranks", "time", "a rank", "efficiency");
    for (int r = 1; r < ranks; r *= 2) print_row(j, r);
    print_row(j, ranks);
}

/* ---- the verb, on rank 0 ---- */

static enum status find_verb(const struct options *o, enum config_verb *out)
{
    char *text = NULL;
    size_t bytes = 0;
    enum status st = options_operands(o, 1, 1, "JOB.yaml");
    if (!st) st = config_read_file(o->operands[0], &text, &bytes);
    if (!st) st = config_verb_of(out, o->operands[0], text, bytes);
    free(text);
    return st;
}

static enum status plan(struct team *self, const struct options *given)
{
    struct options o = *given;
    enum config_verb verb;
    struct run run = {0};
    struct plan_job j = {.run = &run, .each_s = o.evaluation_s};
    enum status st = find_verb(given, &verb);
    if (!st && o.parts)
        st = err_set(SIBYL_E_USAGE, "--only: a plan is for all trainings of an experiment");
    if (st) return st;
    o.verb = verbs[verb];
    o.dry_run = true; /* leaves no folder */
    if (!o.threads && !getenv("OMP_NUM_THREADS")) o.threads = 1;
    st = run_open(&run, self, &o, verb);
    if (!st) st = make_plan(&j, verb);
    j.plan.serial_s += START_S;
    if (!st) print_table(&j, o.ranks);
    if (!st) plan_script_print(&j);
    plan_job_release(&j);
    run_close(&run);
    return st;
}

enum status job_plan(struct team *t, const struct options *o)
{
    struct team *self = NULL;
    enum status st = SIBYL_OK;
    if (team_rank(t) == 0) {
        st = team_self(&self);
        if (!st) st = plan(self, o);
        team_release(self);
    }
    return team_agree(t, st);
}
