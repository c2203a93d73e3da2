/* What experiments of all kinds have in common, and what each kind adds. */
#ifndef JOBS_EXPERIMENTS_EXPERIMENT_PARTS_H
#define JOBS_EXPERIMENTS_EXPERIMENT_PARTS_H

#include "base/identity.h"
#include "comm/farm.h"
#include "jobs/experiments/experiment.h"
#include "jobs/run/result.h"

struct json_t;

struct experiment {
    struct run *run;
    const struct experiment_kind *kind;
    void *state;       /* of the kind, on every rank */
    struct team *self; /* this rank alone */
    size_t settings, repeats, tasks;
    struct config_source source;
    struct config_file *file;                /* the job file, open */
    struct config *configs;                  /* (settings) */
    char (*identities)[IDENTITY_TEXT_BYTES]; /* (settings) as a row keeps it */
    struct identity_files *files;            /* (settings) what each reads */
    struct log quiet;                        /* of single runs */
    uint32_t slot, slots; /* which of the ranks of its node this is, and of how many */
    /* All ranks work on each run together, one run after the other. Set by start(). */
    bool in_turn;
    /* rank 0 */
    struct json_t **rows; /* (tasks) NULL: not done yet */
    size_t *todo;         /* (todo_count) tasks of this part that are not done */
    size_t todo_count, done;
    double started_s;
};

/* A run that is to be done. */
struct experiment_task {
    size_t number, setting, repeat;
    struct farm_call *call; /* NULL: in turn, on all ranks */
};

struct experiment_kind {
    enum config_verb verb;
    const char *one, *many; /* "training", "trainings": the latter is a field of result.json, too */
    /* Local. Makes x->state. */
    enum status (*start)(struct experiment *x);
    /* Local. Can this setting be run, and what files does it read? */
    enum status (*check)(struct experiment *x, size_t setting, struct identity_files *out);
    /* Whether a row of this setting, whose digest fits, still tells all that is asked for. NULL: it
     * does. */
    bool (*fits)(const struct experiment *x, const struct json_t *row, size_t setting);
    /* Does a run, and puts its fields into `row`, which has what the rows of all kinds have. Local,
     * or collective over all ranks where runs are in turn (the row is rank 0's then). */
    enum status (*work)(struct experiment *x, const struct experiment_task *task,
                        struct result *row);
    /* What a line of progress says of a row. */
    void (*tell)(const struct json_t *row, char *out, size_t bytes);
    /* Rank 0, all rows are there: writes the tables, and puts the experiment's fields into
     * x->run->result. `title`: of the job. */
    enum status (*finish)(struct experiment *x, const char *title);
    void (*release)(struct experiment *x); /* x->state may be NULL */
};

/* Has this run been asked to stop? `task` is a struct experiment_task. Local. */
bool experiment_stop_asked(void *task);

/* A rank that reads a file again may find another one in its place: SIBYL_E_IO unless `files` are
 * those that the setting was checked with. Local. */
enum status experiment_check_files(const struct experiment *x, size_t setting,
                                   const struct identity_files *files);

#endif
