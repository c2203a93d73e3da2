#include "jobs/jobs.h"

#include "base/names.h"
#include "jobs/config/config_help.h"

#include <stdio.h>
#include <string.h>

static const struct verb verbs[] = {
    {"import", job_import, VERB_LOCAL, "[FORMAT] INPUT --out FILE.sibyl",
     "read a benchmark table into a dataset file",
     "import nasbench201-csv table.csv --out table.sibyl --label accuracy=test_acc:0.01"},
    {"train", job_train, VERB_STOPPABLE, "JOB.yaml", "train a predictor, data-parallel",
     "train train.yaml --out trained --set training.epochs=100"},
    {"score", job_score, VERB_STOPPABLE, "JOB.yaml",
     "score a dataset or a search space with a predictor", "score score.yaml --out scored"},
    {"search", job_search, VERB_STOPPABLE, "JOB.yaml",
     "search for the best cell; resumes an unfinished run",
     "search search.yaml --out run --walltime 2:00:00"},
    {"ask", job_ask, VERB_LOCAL, "JOB.yaml",
     "networks to evaluate, for whoever evaluates them elsewhere: JSON lines",
     "ask search.yaml --out run -n 8"},
    {"tell", job_tell, VERB_LOCAL, "JOB.yaml [FILE]",
     "what their evaluation gave: JSON lines from FILE, or from stdin",
     "tell search.yaml --out run results.jsonl"},
    {"plan", job_plan, VERB_TEAM, "JOB.yaml", "before submission: time, memory and a batch script",
     "plan train.yaml --ranks 64"},
    {"report", job_report, VERB_LOCAL, "DIR...", "make a web page and a SQLite database of results",
     "report run1 run2 --out both"},
    {"inspect", job_inspect, VERB_LOCAL, "FILE.sibyl | DIR",
     "say what is in a file that sibyl wrote, or how a run stands",
     "inspect trained/predictor.sibyl"},
    {"bench", job_bench, VERB_TEAM, "", "measure kernels, scoring and collectives here",
     "bench --out before.json"},
    {"doctor", job_doctor, VERB_TEAM, "[FOLDER]",
     "look at this machine and a folder, and say what to do about what is not right",
     "doctor runs"},
};
enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

const struct verb *verbs_all(size_t *out_count)
{
    *out_count = VERBS;
    return verbs;
}

/* The one that was perhaps meant, or NULL. */
static const char *nearest_verb(const char *name)
{
    const char *names[VERBS + 1];
    for (size_t i = 0; i < VERBS; i++) names[i] = verbs[i].name;
    names[VERBS] = "help";
    return names_nearest(name, names, VERBS + 1);
}

enum status verb_find(const char *name, const struct verb **out)
{
    for (size_t i = 0; i < VERBS; i++) {
        if (strcmp(name, verbs[i].name)) continue;
        *out = &verbs[i];
        return SIBYL_OK;
    }
    const char *meant = nearest_verb(name);
    if (meant) return err_set(SIBYL_E_USAGE, "unknown verb %.80s; did you mean %s?", name, meant);
    return err_set(SIBYL_E_USAGE, "unknown verb %.80s; see sibyl --help", name);
}

static void print_exit_status(void)
{
    printf("exit status: 0 done, 1 failed, 2 wrong command line or job file, 3 stopped after a\n"
           "checkpoint (run it again to go on)\n");
}

static void print_verb(const struct verb *v)
{
    printf("usage: sibyl %s %s%s[flags]\n%s\n", v->name, v->operands, *v->operands ? " " : "",
           v->summary);
    if (v->kind == VERB_LOCAL)
        printf("runs in one process, and needs no MPI\n");
    else
        printf("runs alone, under mpirun, and under srun --mpi=pmix\n");
    printf("flags:\n");
    options_print_flags(stdout, v->name);
    if (v->run == job_import) job_import_list();
    printf("example:\n  sibyl %s\n", v->example);
    print_exit_status();
}

static void print_all(void)
{
    printf("usage: sibyl VERB [JOB.yaml] [flags]\n");
    for (size_t i = 0; i < VERBS; i++)
        printf("  %-8s %-32s %s\n", verbs[i].name, verbs[i].operands, verbs[i].summary);
    printf("  %-8s %-32s %s\n", "help", "[VERB | KEY]",
           "say what a verb does, or a key of a job file (search.batch)");
    printf("  %-8s %-32s %s\n", "", "man [VERB | job-files]", "print a manual page");
    printf("  %-8s %-32s %s\n", "", "completion bash|zsh|fish", "print what a shell completes by");
    printf("flags of every verb:\n");
    options_print_flags(stdout, NULL);
    print_exit_status();
}

void help_print(const struct verb *verb)
{
    if (verb)
        print_verb(verb);
    else
        print_all();
}

enum status help_topic(const char *topic, const char *of)
{
    const struct verb *verb = NULL;
    if (!strcmp(topic, "man")) return man_print(of, stdout);
    if (!strcmp(topic, "completion")) return completion_print(of, stdout);
    if (of) return err_set(SIBYL_E_USAGE, "want: sibyl help [VERB | KEY]");
    if (!strcmp(topic, "help")) {
        print_all();
        return SIBYL_OK;
    }
    for (size_t i = 0; i < VERBS; i++)
        if (!strcmp(topic, verbs[i].name)) verb = &verbs[i];
    if (verb) print_verb(verb);
    if (verb) return SIBYL_OK;
    if (!strcmp(topic, "job-files")) return config_help_page(stdout);
    const char *meant = strchr(topic, '.') ? NULL : nearest_verb(topic);
    enum status st = config_help(topic, stdout);
    if (!st || !meant) return st;
    return err_set(SIBYL_E_USAGE, "help: there is no verb or key %.80s; did you mean %s?", topic,
                   meant);
}
