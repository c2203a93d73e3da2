#include "jobs/jobs.h"

#include "base/duration.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "jobs/planning/plan_jobs.h"
#include "jobs/planning/plan_script.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define START_S 1.0     /* of the launcher and MPI */
#define RANKS_SHOWN 8   /* at least, where none are asked for */
#define RANKS_MOST 1024 /* that are recommended */

static const char *const verbs[] = {
    [CONFIG_TRAIN] = "train", [CONFIG_SCORE] = "score", [CONFIG_SEARCH] = "search"};

void plan_job_release(struct plan_job *j)
{
    free(j->task_list);
    config_release(&j->setting);
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
    return j->run->config.experiment ? plan_searches(j) : plan_search(j);
}

/* ---- the table ---- */

static void print_row(const struct plan_job *j, int ranks)
{
    char text[64];
    if (!plan_fits(&j->plan, ranks)) {
        printf("%7d  not these ranks (keys ranks.evaluate and ranks.train)\n", ranks);
        return;
    }
    double efficiency = plan_efficiency(&j->plan, &j->tasks, ranks);
    duration_text(text, sizeof(text), plan_wall_s(&j->plan, &j->tasks, ranks));
    printf("%7d  %-14s  %8.0f MB  ", ranks, text, plan_bytes(&j->plan, &j->tasks, ranks) / 1e6);
    printf(isnan(efficiency) ? "      - %%\n" : "%7.0f %%\n", 100 * efficiency);
}

/* Rows up to `last` ranks, and who does what on those of the script. */
static void print_table(const struct plan_job *j, int last, int recommended)
{
    int ranks = j->run->options->ranks;
    char summary[sizeof(j->summary)];
    printf("%s\n%7s  %-14s  %11s  %9s\n", text_printable(summary, sizeof(summary), j->summary),
           "ranks", "time", "a rank", "efficiency");
    for (int r = 1; r < last; r *= 2) print_row(j, r);
    print_row(j, last);
    double efficiency = plan_efficiency(&j->plan, &j->tasks, recommended);
    printf("recommended: %d rank%s", recommended, recommended > 1 ? "s" : "");
    if (isnan(efficiency))
        printf(", by the key ranks\n");
    else if (efficiency < PLAN_EFFICIENCY)
        printf(", the least that fit\n");
    else
        printf(", the most that keep %.0f %% efficiency\n", 100 * PLAN_EFFICIENCY);
    if (j->roles[0]) printf("%d rank%s, %s\n", ranks, ranks > 1 ? "s" : "", j->roles);
}

/* What this node has for the job, and a warning where that is too little: a plan is often made in a
 * container or a batch job like that in which it is to run. */
static void print_node(const struct plan_job *j)
{
    int unused, cpus, ranks = j->run->options->ranks;
    struct limits l;
    team_node(j->run->team, &unused, &cpus);
    limits_read(&l, "");
    double bytes = plan_bytes(&j->plan, &j->tasks, ranks), node = (double)l.memory_bytes;
    double rank = fmin(node, (double)l.process_bytes);
    if (l.memory_bytes == UINT64_MAX)
        printf("this node: %d CPUs for this job\n", cpus);
    else
        printf("this node: %d CPUs and %.0f MB for this job\n", cpus, node / 1e6);
    if (bytes > rank)
        log_warn(&j->run->log,
                 "a rank takes %.0f MB, and a process may have %.0f MB on this node; raise that "
                 "limit, run on another node, or make the job smaller",
                 bytes / 1e6, rank / 1e6);
    else if (ranks > 1 && bytes * ranks > node)
        log_warn(&j->run->log,
                 "%d ranks take %.0f MB, and this node has %.0f MB for them; start at most %.0f on "
                 "such a node",
                 ranks, bytes * ranks / 1e6, node / 1e6, floor(node / bytes));
}

/* ---- how many ranks ---- */

/* No more than the partition with most room has room for. */
static int recommend(const struct plan_job *j, const struct partitions *all)
{
    int own = (int)fmin(plan_search_ranks(j), RANKS_MOST);
    const struct partition_wish one = plan_script_wish(j, plan_fits(&j->plan, 1) ? 1 : own);
    double room = 0;
    for (size_t i = 0; i < all->count; i++) room = fmax(room, partition_ranks(&all->list[i], &one));
    int most = all->count ? (int)fmax(1, fmin(room, RANKS_MOST)) : RANKS_MOST;
    return plan_recommend(&j->plan, &j->tasks, own, most);
}

static void tell(struct plan_job *j, struct options *o)
{
    struct partitions all;
    partitions_ask(&all);
    int recommended = recommend(j, &all), last = o->ranks;
    if (!last) o->ranks = recommended;
    if (!last) last = (int)fmax(RANKS_SHOWN, fmin(2 * recommended, RANKS_MOST));
    plan_search_roles(j);
    print_table(j, last, recommended);
    print_node(j);
    plan_script_print(j, &all);
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
    if (st) return st;
    o.verb = verbs[verb];
    o.dry_run = true; /* leaves no folder */
    if (!o.threads && !getenv("OMP_NUM_THREADS")) o.threads = 1;
    st = run_open(&run, self, &o, verb);
    if (!st && given->dry_run) {
        log_root(&run.log, "would plan to %s with %s", o.verb, run.job_file);
        goto done;
    }
    if (!st) st = make_plan(&j, verb);
    if (!st) log_detail(&run.log, "measured on this node");
    j.plan.start_s = START_S;
    if (!st) tell(&j, &o);
done:
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
