#include "comm/watchdog.h"
#include "jobs/config/config_help.h"
#include "jobs/jobs.h"
#include "jobs/run/signals.h"
#include "jobs/run/walltime.h"

#include <stdio.h>
#include <string.h>

struct verb {
    const char *name;
    enum status (*run)(struct team *t, const struct options *o);
    const char *operands, *summary;
};

static const struct verb verbs[] = {
    {"import", job_import, "[FORMAT] INPUT --out FILE.sibyl",
     "read a benchmark table into a dataset file"},
    {"train", job_train, "JOB.yaml", "train a predictor, data-parallel"},
    {"score", job_score, "JOB.yaml", "score a dataset or a search space with a predictor"},
    {"search", job_search, "JOB.yaml", "search for the best cell; resumes an unfinished run"},
    {"plan", job_plan, "JOB.yaml", "before submission: time, memory and a batch script"},
    {"report", job_report, "DIR...", "make a web page and a SQLite database of results"},
    {"inspect", job_inspect, "FILE.sibyl", "say what is in a file that sibyl wrote"},
    {"bench", job_bench, "", "measure kernels, scoring and collectives here"},
};
enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

static void print_help(const struct verb *one)
{
    if (one) {
        printf("usage: sibyl %s %s [flags]\n%s\n", one->name, one->operands, one->summary);
        if (one->run == job_import) job_import_list();
    } else {
        printf("usage: sibyl VERB [JOB.yaml] [flags]\n");
        for (int i = 0; i < VERBS; i++)
            printf("  %-8s %-30s %s\n", verbs[i].name, verbs[i].operands, verbs[i].summary);
    }
    printf("flags:\n%s", options_help());
}

static enum status dispatch(struct team *t, int argc, char **argv)
{
    struct options o;
    const struct verb *verb = NULL;
    enum status st = options_parse(&o, argc, argv);
    if (st) return st;
    for (int i = 0; o.verb && i < VERBS; i++)
        if (!strcmp(o.verb, verbs[i].name)) verb = &verbs[i];
    if (o.verb && !verb && strcmp(o.verb, "help"))
        return err_set(SIBYL_E_USAGE, "unknown verb %s; see sibyl --help", o.verb);
    if (o.verb && !strcmp(o.verb, "help") && o.operand_count > 0) {
        if (team_rank(t)) return SIBYL_OK;
        if (!strcmp(o.operands[0], "job-files")) return config_help_page(stdout);
        return config_help(o.operands[0], stdout);
    }
    if (o.version || o.help || !verb) {
        if (team_rank(t) == 0 && o.version) printf("sibyl %s\n", SIBYL_VERSION);
        if (team_rank(t) == 0 && !o.version) print_help(verb);
        return SIBYL_OK;
    }
    signals_install(walltime_left(o.walltime_s));
    struct watchdog *watchdog = NULL;
    st = watchdog_start(&watchdog, t, o.stall_s);
    if (!st) st = verb->run(t, &o);
    watchdog_stop(watchdog);
    return st;
}

int main(int argc, char **argv)
{
    struct team *t = NULL;
    enum status st = comm_start(&argc, &argv);
    if (st) {
        fprintf(stderr, "sibyl: %s\n", err_message());
        return status_exit_code(st);
    }
    st = team_world(&t);
    if (st) {
        fprintf(stderr, "sibyl: %s\n", err_message());
        comm_abort(status_exit_code(st));
    }
    st = team_agree(t, dispatch(t, argc, argv));
    if (st && team_rank(t) == 0) fprintf(stderr, "sibyl: %s\n", err_message());
    fflush(NULL);
    team_release(t);
    comm_stop();
    return status_exit_code(st);
}
