#include "jobs/jobs.h"
#include "jobs/plan_jobs.h"

#include "base/file.h"
#include "jobs/machine.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_S 1.0       /* of the launcher and MPI */
#define MARGIN 1.5        /* of time and memory asked for, over what is expected */
#define MARGIN_S 300      /* to start, and for file systems */
#define MARGIN_BYTES 64e6 /* for the same */

static const char *const verbs[] = {
    [CONFIG_TRAIN] = "train", [CONFIG_SCORE] = "score", [CONFIG_SEARCH] = "search"};

void plan_job_release(struct plan_job *j)
{
    free(j->task_s);
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

/* "4.2 s", "3 min 20 s", "2 h 05 min", "3 d 04 h". */
static void print_duration(char *out, size_t bytes, double s)
{
    double whole = ceil(s);
    if (s < 10)
        snprintf(out, bytes, "%.1f s", s);
    else if (whole < 60)
        snprintf(out, bytes, "%.0f s", whole);
    else if (whole < 3600)
        snprintf(out, bytes, "%.0f min %02.0f s", floor(whole / 60), fmod(whole, 60));
    else if (whole < 86400)
        snprintf(out, bytes, "%.0f h %02.0f min", floor(whole / 3600), fmod(whole, 3600) / 60);
    else
        snprintf(out, bytes, "%.0f d %02.0f h", floor(whole / 86400), fmod(whole, 86400) / 3600);
}

static void print_row(const struct plan_job *j, int ranks)
{
    char text[64];
    double wall_s = plan_wall_s(&j->plan, &j->tasks, ranks);
    double alone_s = plan_wall_s(&j->plan, &j->tasks, 1);
    print_duration(text, sizeof(text), wall_s);
    printf("%7d  %-14s  %8.0f MB  %7.0f %%\n", ranks, text,
           plan_bytes(&j->plan, &j->tasks, ranks) / 1e6, 100 * alone_s / wall_s / ranks);
}

static void print_table(const struct plan_job *j, int ranks)
{
    printf("%s\n%7s  %-14s  %11s  %9s\n", j->summary, "ranks", "time", "a rank", "efficiency");
    for (int r = 1; r < ranks; r *= 2) print_row(j, r);
    print_row(j, ranks);
}

/* ---- the script ---- */

/* As one word of a shell. */
static void print_word(const char *text)
{
    putchar('\'');
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*text);
    }
    putchar('\'');
}

static void print_script(const struct plan_job *j, enum config_verb verb, int ranks)
{
    const struct run *r = j->run;
    int node_ranks, cpus;
    team_node(r->team, &node_ranks, &cpus);
    int most = cpus / r->threads > 0 ? cpus / r->threads : 1, nodes = (ranks + most - 1) / most;
    double minutes = ceil((MARGIN * plan_wall_s(&j->plan, &j->tasks, ranks) + MARGIN_S) / 60);
    double bytes = MARGIN * plan_bytes(&j->plan, &j->tasks, ranks) + MARGIN_BYTES;
    printf("\n#!/bin/bash\n"
           "#SBATCH --job-name=sibyl-%s\n"
           "#SBATCH --nodes=%d\n"
           "#SBATCH --ntasks=%d\n"
           "#SBATCH --cpus-per-task=%d\n"
           "#SBATCH --mem-per-cpu=%.0fM\n"
           "#SBATCH --time=%.0f\n"
           "#SBATCH --output=sibyl-%s-%%j.log\n"
           "#SBATCH --requeue\n"
           "#SBATCH --open-mode=append\n"
           "#SBATCH --signal=USR1@120\n"
           "# of Sibyl's source tree; its comments tell an administrator what to adapt\n"
           "exec bash \"${SIBYL_SLURM:-slurm}/%s.sbatch\" ",
           verbs[verb], nodes, ranks, r->threads, ceil(bytes / r->threads / 1048576), minutes,
           verbs[verb], verbs[verb]);
    print_word(r->job_file);
    putchar(' ');
    print_word(r->folder);
    putchar('\n');
}

/* ---- the verb, on rank 0 ---- */

static enum status find_verb(const struct options *o, enum config_verb *out)
{
    char *text = NULL;
    size_t bytes = 0;
    enum status st = options_operands(o, 1, 1, "JOB.yaml");
    if (!st && file_read(o->operands[0], &text, &bytes)) st = err_prefix(SIBYL_E_USAGE, "job file");
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
    if (st) return st;
    o.verb = verbs[verb];
    o.dry_run = true; /* leaves no folder */
    if (!o.threads && !getenv("OMP_NUM_THREADS")) o.threads = 1;
    st = run_open(&run, self, &o, verb);
    if (!st) st = make_plan(&j, verb);
    j.plan.serial_s += START_S;
    if (!st) print_table(&j, o.ranks);
    if (!st) print_script(&j, verb, o.ranks);
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
