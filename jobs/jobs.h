/* The verbs. Each is collective over the team of all ranks, and returns the same on all of them. */
#ifndef JOBS_JOBS_H
#define JOBS_JOBS_H

#include "comm/team.h"
#include "jobs/run/command_line.h"

enum status job_import(struct team *t, const struct options *o);
void job_import_list(void); /* prints the formats. Local. */
enum status job_train(struct team *t, const struct options *o);
enum status job_score(struct team *t, const struct options *o);
enum status job_search(struct team *t, const struct options *o);
enum status job_ask(struct team *t, const struct options *o);
enum status job_tell(struct team *t, const struct options *o);
enum status job_plan(struct team *t, const struct options *o);
enum status job_report(struct team *t, const struct options *o);
enum status job_inspect(struct team *t, const struct options *o);
enum status job_bench(struct team *t, const struct options *o);
enum status job_doctor(struct team *t, const struct options *o);

/* How a verb runs. */
enum verb_kind {
    VERB_LOCAL,     /* on rank 0 alone, without MPI */
    VERB_TEAM,      /* on all ranks */
    VERB_STOPPABLE, /* on all ranks; a signal, or the end of its time, stops it after a checkpoint
                     */
};

struct verb {
    const char *name;
    enum status (*run)(struct team *t, const struct options *o);
    enum verb_kind kind;
    const char *operands, *summary;
    const char *example; /* arguments, without the program's name */
};

/* All of them; *out_count of them. */
const struct verb *verbs_all(size_t *out_count);
/* SIBYL_E_USAGE: there is none; the message names one that was perhaps meant. */
enum status verb_find(const char *name, const struct verb **out);

/* ---- job_help.c; local ---- */

/* Prints what a verb does and takes; NULL: what verbs there are. */
void help_print(const struct verb *verb);
/* The same of what was asked for by name: a verb, a key, or one of the pages below, with its name
 * behind it where it has one. SIBYL_E_USAGE: nothing has this name. */
enum status help_topic(const char *topic, const char *of);

/* ---- job_man.c, job_completion.c; local ---- */

/* Prints a manual page: sibyl-VERB(1); sibyl(1) for NULL; sibyl-job-files(5) for "job-files". All
 * of them are made of the tables that the program goes by. SIBYL_E_USAGE: there is no such page. */
enum status man_print(const char *page, FILE *out);

/* Prints what a shell (bash, zsh or fish) reads to complete verbs, flags, keys and files.
 * SIBYL_E_USAGE: another shell. */
enum status completion_print(const char *shell, FILE *out);

#endif
