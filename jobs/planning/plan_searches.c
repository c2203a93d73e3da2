/* The plan of an experiment of searches: that of each setting's search, as often as there are
 * repeats. */
#include "jobs/planning/plan_jobs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All like the one with the longest time, one after the other on all ranks. */
static void plan_in_turn(struct plan *p, double count)
{
    p->serial_s *= count;
    p->divided_s *= count;
    p->training.steps *= count;
    p->training.batches *= count;
    p->evaluations.initial *= count;
    p->evaluations.rounds *= count;
    p->evaluations.rest *= count;
}

static double alone_s(const struct plan_job *j)
{
    return plan_wall_s(&j->plan, &(struct plan_tasks){0}, 1);
}

/* The plan of a setting's search alone; *longest is that of the longest so far. */
static enum status plan_setting(struct plan_job *j, struct config_file *file, size_t setting,
                                struct plan_job *longest)
{
    struct run run = *j->run;
    struct plan_job one = {.run = &run, .each_s = j->each_s};
    enum status st = config_setting(&one.setting, file, setting);
    if (st) return st;
    run.config = one.setting;
    st = plan_search(&one);
    if (st) err_prefix(st, "setting %s", one.setting.setting);
    one.run = j->run;
    for (uint64_t r = 0; !st && r < j->run->config.repeats; r++)
        j->task_list[r * j->run->config.settings + setting] =
            (struct plan_task){alone_s(&one), 0, setting};
    if (st || (setting && alone_s(&one) <= alone_s(longest))) {
        plan_job_release(&one);
    } else {
        plan_job_release(longest);
        *longest = one;
    }
    return st;
}

static void sum_up(struct plan_job *j, bool in_turn)
{
    const struct config *c = &j->run->config;
    const size_t used = strlen(j->summary);
    snprintf(j->summary + used, sizeof(j->summary) - used,
             " (the longest of them); %zu settings x %" PRIu64 " repeats, %s", c->settings,
             c->repeats, in_turn ? "all as that one, in turn on all ranks" : "each on one rank");
}

enum status plan_searches(struct plan_job *j)
{
    const struct run *r = j->run;
    const size_t settings = r->config.settings, count = settings * (size_t)r->config.repeats;
    const enum config_apart apart = r->config.values->search.apart;
    bool table = r->config.values->evaluator.kind == EVALUATOR_TABLE;
    bool in_turn = apart == APART_IN_TURN || (apart == APART_AUTO && !table);
    struct config_source source = {.verb = CONFIG_SEARCH,
                                   .file = r->job_file,
                                   .text = r->text,
                                   .bytes = r->text_bytes,
                                   .sets = r->options->sets,
                                   .set_count = r->options->set_count};
    struct config_file *file = NULL;
    struct plan_job longest = {0};
    j->task_list = calloc(count, sizeof(*j->task_list));
    enum status st = j->task_list ? config_open(&file, &source) : err_memory("a plan");
    for (size_t i = 0; !st && i < settings; i++) st = plan_setting(j, file, i, &longest);
    config_close(file);
    if (st) {
        plan_job_release(&longest);
        return st;
    }
    longest.task_list = j->task_list;
    *j = longest;
    sum_up(j, in_turn);
    if (in_turn) {
        plan_in_turn(&j->plan, (double)count);
        return SIBYL_OK;
    }
    j->tasks = (struct plan_tasks){count, j->task_list};
    return SIBYL_OK;
}
