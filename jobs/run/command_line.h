/* The command line: `sibyl VERB [operand...] [flags]`. Local. */
#ifndef JOBS_RUN_COMMAND_LINE_H
#define JOBS_RUN_COMMAND_LINE_H

#include "base/log.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define OPTIONS_REPEATS_MAX 128
#define OPTIONS_STALL_S 600 /* where --stall-timeout is not given */
#define OPTIONS_WAIT_S 600  /* where --wait is not given */

struct options {
    const char *verb;
    char **operands; /* (operand_count) what is no flag, in order; within argv */
    int operand_count;
    char *sets[OPTIONS_REPEATS_MAX]; /* key.path=value */
    int set_count;
    char *labels[OPTIONS_REPEATS_MAX]; /* NAME=COLUMN[:SCALE] */
    int label_count;
    char *architectures[OPTIONS_REPEATS_MAX]; /* import: COLUMN[,COLUMN..] */
    int architecture_count;
    const char *space, *id; /* import: NULL: not given */
    const char *out;        /* NULL: not given */
    const char *baseline;   /* bench: an earlier --out; NULL: not given */
    enum log_level level;
    int threads;         /* of each rank; 0: not given */
    double walltime_s;   /* 0: not given */
    double stall_s;      /* without progress, before the job is ended; 0: never */
    int ranks;           /* plan: of how many; 0: not given */
    double evaluation_s; /* plan: what one takes; 0: not given */
    int part, parts;     /* train: --only PART/PARTS, from 1; 0: not given */
    bool list;           /* import: say what formats there are */
    bool accept_program; /* search: go on though the evaluating program was changed */
    bool replay;         /* search: only propose again what the journal holds, and compare */
    uint64_t number;     /* ask: how many networks; 0: not given */
    bool pending;        /* ask: those again that were asked for and not told */
    double wait_s;       /* ask, tell: for others at work in the folder, at most */
    bool watch, open;    /* report: renew the page while runs are at work; show it */
    bool dry_run, help, version;
};

/* Takes argv apart (its order changes; pointers into it are kept). argv[1] is the verb, if it does
 * not begin with a dash; `--help` (also of the verb that follows) and
 * `--version` may stand in its place. SIBYL_E_USAGE: a flag
 * that there is not, or not for this verb, one without its value, or one with a value twice (but
 * for those that may be repeated). Flags must be written out: no later flag can make a script mean
 * another one. */
enum status options_parse(struct options *out, int argc, char **argv);

/* A row of the table of flags. */
struct flag {
    int id; /* within command_line.c */
    const char *name;
    const char *value; /* what it takes, for help; NULL: nothing */
    const char *verbs; /* that take it, with a blank between them; NULL: all */
    const char *help;  /* a line for each line on the screen */
    char letter;       /* its short form; 0: none */
};

/* The flags that a verb takes, those of all verbs among them, one after another; `verb` NULL: those
 * that every verb takes. *at is 0 for the first, and moved on; NULL: there are no more. */
const struct flag *options_next_flag(const char *verb, size_t *at);

/* Prints the flags that a verb takes; NULL: those that every verb takes. */
void options_print_flags(FILE *out, const char *verb);

/* Fails with SIBYL_E_USAGE unless `least` <= operands <= `most`; `want` says what they are. */
enum status options_operands(const struct options *o, int least, int most, const char *want);

#endif
