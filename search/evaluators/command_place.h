/* Where an evaluation runs: its slot on the node, its GPUs, its scratch folder, and the environment
 * that tells the program so. Local. */
#ifndef SEARCH_EVALUATORS_COMMAND_PLACE_H
#define SEARCH_EVALUATORS_COMMAND_PLACE_H

#include "search/evaluators/evaluator.h"

struct command_place { /* all zero is an empty one */
    char **kept;       /* this process's environment without what is not for the program; the words
                          belong to the process */
    char *gpus;        /* CUDA_VISIBLE_DEVICES; NULL: as it is */
    char *run;         /* absolute; NULL: none */
    char *scratch;     /* folder for scratch folders */
    uint32_t slot, slots;
};

/* SIBYL_E_USAGE: there are too few GPUs, or there is no such scratch folder. */
enum status command_place_open(struct command_place *p, const struct evaluator_command_options *o);
void command_place_release(struct command_place *p);

/* A fresh folder, the caller's to remove, and its name to free(). SIBYL_E_IO, and errno. */
enum status command_place_scratch(const struct command_place *p, char **out);

struct command_environment {
    char **words;     /* NULL-terminated */
    size_t own;       /* of them, in the beginning, that are freed with it */
    const char *mark; /* of them: the one that no other program has */
};
struct command_variables {
    uint64_t task, seed; /* those of the request */
    double budget;       /* 0: none is told */
    const char *scratch;
    const char *checkpoint; /* folder to leave a checkpoint in; NULL: none */
};
enum status command_environment_make(struct command_environment *e, const struct command_place *p,
                                     const struct command_variables *v);

/* The folder DIR/checkpoints/TASK of a run; to free(). */
enum status command_place_checkpoint(const char *run, uint64_t task, char **out);
/* Makes that folder anew, empty. SIBYL_E_IO: it cannot be made. */
enum status command_place_begin_checkpoint(const char *folder);
/* Whether there is anything in it. */
bool command_place_has_checkpoint(const char *folder);
void command_environment_release(struct command_environment *e);

/* The share of slot `slot` in the devices that are visible here, as a list for
 * CUDA_VISIBLE_DEVICES; the caller's to free(). */
enum status command_place_gpus(uint32_t each, uint32_t slot, uint32_t slots, char **out);

#endif
