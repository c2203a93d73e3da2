/* A base: a network that has learnt what no evaluation is needed for (structure, other labels),
 * from which trainings start. It is made once and kept in files, and found again by a digest of all
 * that it was made of: networks, what was learnt of them, shape, options, the predictor that it
 * started from, the program and its instruction set. It does not depend on a job's seed, nor on
 * ranks and threads, so that a training has the same bits whether its base was found or made. */
#ifndef PREDICTOR_TRAINING_NETWORK_BASE_H
#define PREDICTOR_TRAINING_NETWORK_BASE_H

#include "comm/team.h"
#include "predictor/training/base_files.h"
#include "predictor/training/trainer.h"

/* The label of its file. */
#define NETWORK_BASE_LABEL "base"

struct network_base_request {
    const struct training_set *set;         /* no label to be predicted is known of any row */
    const struct training_options *options; /* folds 0 */
    const struct predictor *from;           /* NULL: random weights */
    /* The run's own folder of bases, and one that jobs share; NULL: none. */
    const char *own, *shared;
    bool shared_named; /* the job names it: that it cannot be written is a warning */
    bool one_maker; /* other processes that want the same base in `own` wait for its first maker */
    int threads;
    const struct log *log;
    bool (*stop_asked)(void *context); /* as trainer_run's */
    void *context;
};

/* Local. The digest of what `p`, made by predictor_init() with NETWORK_BASE_LABEL and with weights
 * of zero, would be made of. SIBYL_E_MEM, or SIBYL_E_IO where the program cannot be read. */
enum status network_base_digest(const struct predictor *p, const struct network_base_request *q,
                                char out[HASH128_TEXT_BYTES]);

/* Collective. Makes `p`, as above, the base of this digest, equal on all ranks: found in `own` or
 * in `shared`, or trained; and keeps it in both. *out_found: nothing was trained. Errors of
 * trainer_run(); where it cannot be kept is said, and no error. */
enum status network_base_obtain(struct team *t, struct predictor *p,
                                const struct network_base_request *q, const char *digest,
                                bool *out_found);

/* Local, rank 0. Keeps a base in a folder that was not to be written before. */
void network_base_keep(const struct predictor *p, const char *folder, const struct log *log);

#endif
