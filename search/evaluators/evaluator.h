/* What gives an architecture its value: a table, or a program of the user's. */
#ifndef SEARCH_EVALUATORS_EVALUATOR_H
#define SEARCH_EVALUATORS_EVALUATOR_H

#include "base/identity.h"
#include "base/log.h"
#include "search/evaluators/known_results.h"
#include "search/evaluators/objectives.h"
#include "search/spaces/candidate.h"
#include "search/spaces/space_part.h"

#define EVALUATION_ERROR_BYTES 512
#define EVALUATION_EXTRAS_MAX 64
#define EVALUATION_NAME_BYTES 64
#define EVALUATION_TEXT_BYTES 128

struct evaluation {
    bool failed;
    bool temporary; /* failed for the machine's sake: to be done again by a later run */
    bool killed;    /* SIGTERM or SIGINT of an unknown sender ended the program */
    double value;   /* what is maximised; NaN when failed */
    double seconds;
    char error[EVALUATION_ERROR_BYTES];
    bool early;        /* it was ended for its results so far (evaluation_task.hears) */
    bool afresh;       /* there was no checkpoint to go on from */
    double reached;    /* the last step that it told of; 0: none */
    uint32_t attempts; /* starts of the program; 0: none was needed */
    uint32_t extras;   /* other values that the program printed; also of one that failed later */
    char extra_names[EVALUATION_EXTRAS_MAX][EVALUATION_NAME_BYTES];
    double extra_values[EVALUATION_EXTRAS_MAX]; /* NaN where it is none or no number */
    char extra_texts[EVALUATION_EXTRAS_MAX][EVALUATION_TEXT_BYTES]; /* "" of numbers */
};

/* It has failed, for this reason, in which bytes that cannot be printed are replaced. */
void evaluation_fail(struct evaluation *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Fails an evaluation that has none of the values that `o` names, or one that is not finite. Those
 * that are predicted, and the main one, are not looked at. */
void evaluation_check(struct evaluation *e, const struct objectives *o);

struct evaluation_task {
    uint64_t number, seed; /* seed: for programs that use randomness */
    /* Of a search with budgets (0 budgets: of no such one): which of them this is, how many there
     * are, the budget itself, and 1 + the task of the budget before of the same network; 0: there
     * is none. */
    uint32_t level, levels;
    double budget;
    uint64_t after;
    bool continues; /* a checkpoint of the budget before is to be gone on from */
    /* Called with each result so far that has a number `step` and all objectives: values[k], larger
     * is better. *out_end: the evaluation is to be ended, with its last result as its value. NULL:
     * nobody wants to know. */
    enum status (*hears)(void *context, double step, const double *values, bool *out_end);
    void *hears_context;
    /* To be called about ten times a second by one that waits. True: give up. NULL: never. */
    bool (*given_up)(void *context);
    void *context;
};

struct evaluator {
    void *detail;
    struct identity_files files; /* that its values come from: a table, or the program's own */
    /* Local. A failed evaluation is a success with out->failed set; SIBYL_E_STOPPED: it was given
     * up; any other status ends the run. The candidate may be without its graph. */
    enum status (*evaluate)(struct evaluator *e, const struct space *s, const struct candidate *c,
                            const struct evaluation_task *task, struct evaluation *out);
    /* The best value there is that meets the limits, if it is known beforehand (a table); false
     * where it is not, or no network meets them. Set of tables alone. */
    bool (*best_known)(struct evaluator *e, double *out_value, struct hash128 *out_hash);
    void (*release)(struct evaluator *e);
    struct known_results *known; /* values beforehand, released with the evaluator; NULL: none */
};

#define TABLE_COLUMNS_MAX 64
struct evaluator_table_options {
    const char *file, *value; /* dataset, label */
    bool minimise;
    struct space_part *part; /* zeroed; is filled in with the networks of the space that the table
                                has a value of; NULL: not wanted */
    size_t *networks; /* how many the table has a value of, of the space or not; NULL: not wanted */
    /* Names further labels, which become side values, each the mean over its own rows. A network
     * without one of those that are searched for is a failed evaluation. NULL: none. */
    const struct objectives *objectives;
    /* Labels for smaller budgets: in the place of the label `of` (NULL: `value`) where the task's
     * level is this one. */
    const struct table_column {
        uint32_t level;
        const char *label, *of;
    } * columns; /* (column_count) */
    uint32_t column_count;
};
/* Isomorphic networks are one network: its value is the mean over its rows that have one. A network
 * that is not in the table is a failed evaluation. Operations are matched by name, and rows with
 * one that the space has not are left out. Fails where the table's operations are others than the
 * space's, or no network of the space is in it, as far as that is known (space_part.h). */
enum status evaluator_table(struct evaluator *out, const struct space *s,
                            const struct evaluator_table_options *o);

struct evaluator_command_options {
    const char *const *command; /* (words) program and its arguments */
    uint32_t words;
    const char *folder; /* working folder; NULL: the present one */
    const char *value;  /* key of the JSON answer */
    double timeout_s;   /* 0: none */
    double grace_s;     /* between SIGTERM and SIGKILL, where it is ended */
    bool minimise;
    uint32_t retries;     /* after a temporary failure */
    double pause_s;       /* before the first of them; each next is twice as long */
    uint32_t slot, slots; /* which of the evaluations at once on this node; 0 slots: the only one */
    uint32_t gpus;        /* of each evaluation; 0: all that are visible */
    double memory_gb;     /* of each of its processes, RLIMIT_DATA; 0: unbounded */
    const char *scratch;  /* scratch folders are made in it; NULL: in $TMPDIR, or /tmp */
    const char *run;      /* folder of the run, which keeps logs in evaluations/; NULL: none */
    uint64_t log_bytes;   /* of the log of an evaluation; 0: none is kept */
    const struct log *log; /* for warnings; NULL: none */
    /* Further values of the answer that matter; borrowed, as long as the evaluator. NULL: none. */
    const struct objectives *objectives;
};
/* One process per architecture, in its own process group: JSON object on stdin, results so far on
 * stdout (docs/evaluators.md tells the whole protocol). Exit status 75, or a machine that has no
 * room for a process: tried again, then failed and temporary. Exit status 78: SIBYL_E_IO with the
 * program's reason. Another non-zero exit, time-out, or no number under `value`: failed, with the
 * last line of its stderr in `error`. Nothing that it has started outlives the call. */
enum status evaluator_command(struct evaluator *out, const struct evaluator_command_options *o);

void evaluator_release(struct evaluator *e);

#endif
