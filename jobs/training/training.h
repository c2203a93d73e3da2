/* One training: the split, the predictor trained on one side of it and tested on the other.
 *
 * training_data_read (once for all trainings on the same file) -> training_open -> training_run ->
 * training_release. The verb `train` and experiments go the same way, so they give the same bits.
 */
#ifndef JOBS_TRAINING_TRAINING_H
#define JOBS_TRAINING_TRAINING_H

#include "base/identity.h"
#include "base/log.h"
#include "comm/team.h"
#include "jobs/config/config.h"
#include "jobs/config/recipe.h"
#include "jobs/run/result.h"
#include "jobs/training/input_features.h"
#include "jobs/training/lessons.h"
#include "jobs/training/networks.h"
#include "jobs/training/penalties.h"
#include "jobs/training/pretraining.h"
#include "jobs/training/split.h"
#include "predictor/scoring/calibration.h"
#include "predictor/scoring/metrics.h"
#include "predictor/training/trainer.h"

#include <stdio.h>

/* A dataset and its networks. Trainings only read it. */
struct training_data {
    char *file; /* owned; NULL: nothing is read yet */
    enum graph_form form;
    struct dataset dataset;
    struct networks networks;
};

bool training_data_holds(const struct training_data *d, const char *file, enum graph_form form);
/* Collective. Makes `d` hold this file in this form; does nothing where it does already. On failure
 * it is as training_data_release() leaves it. Borrows the team. */
enum status training_data_read(struct training_data *d, struct team *t, const char *file,
                               enum graph_form form);
void training_data_release(struct training_data *d); /* fine on a zeroed struct */

/* All borrowed, until training_release(). */
struct training_inputs {
    struct team *team;
    const struct training_data *data;   /* read by this team */
    const struct config_values *values; /* its file and graph form are those of `data` */
    const char *digest;                 /* of the values: whose checkpoint may be gone on from */
    const char *folder; /* of checkpoint.sibyl and metrics.csv; NULL: neither is written */
    bool (*stop_asked)(void *context);      /* as trainer_run's, also in pre-training */
    enum status (*accepted)(void *context); /* as trainer_run's, with a folder; NULL: none */
    void *context;                          /* of both */
    const struct log *log;
    struct pretraining *kept; /* of trainings before this one, and for those after it; NULL: none */
    const char *run_folder;   /* bases are found and kept in it, and where training.base says; NULL:
                                 in neither */
    bool one_maker; /* other processes that want to make the same base there wait for the first */
    int threads;    /* of this rank; no bit depends on it */
};

/* Up to so many rows all are scored, and tau is told for every rule of split.test. */
#define TRAINING_ALL_ROWS 1000000

struct training_outcome {
    struct trainer_result trained;
    size_t train_size, test_size;
    size_t unlabelled;              /* rows without the label to train on */
    size_t penalties;               /* rows whose label to train on is a penalty, among those */
    size_t parameters;              /* of all members */
    struct metrics test;            /* over the test rows; NaN where undefined */
    struct calibration calibration; /* over the test rows, with a Gaussian process; else zeroed */
    enum config_test rule;          /* that of the test rows */
    double rule_tau[3];             /* by config_test; of more than TRAINING_ALL_ROWS rows: NaN but
                                     * for `rule` */
    size_t rule_size[3];
    bool has_networks_tau;  /* head linear+gp: the same of its networks without the process */
    double networks_tau[3]; /* by config_test, as rule_tau */
    char predictor_sha256[SHA256_TEXT_BYTES];
    char base[HASH128_TEXT_BYTES]; /* digest of the base it started from; "": none */
    bool base_found;               /* and nothing was pre-trained for it */
};

struct training {
    struct training_inputs in;   /* its values are `values` */
    struct config_values values; /* the job's, with the recipe of its effort; texts borrowed */
    struct identity_files files; /* that it reads: the table, and training.from */
    uint32_t label, test_label;  /* columns */
    struct penalties penalties, test_penalties; /* of them; none where they are not looked for */
    struct split split;
    struct lessons lessons;
    struct input_features features;  /* data.features; none: all zero */
    struct networks featured;        /* the networks with them; else zeroed */
    const struct networks *networks; /* what is trained on and scored: those, or the data's */
    struct predictor predictor;
    bool has_predictor;
    struct predictor from; /* of training.from */
    bool has_from;
    struct pretraining pretraining;
    struct arena arena; /* of what is learnt */
    FILE *metrics;      /* rank 0 */
};

/* Collective. Finds the labels, splits the rows, makes the predictor. SIBYL_E_USAGE: the job asks
 * for what the dataset has not. */
enum status training_open(struct training *j, const struct training_inputs *in);
/* Collective over the team. Trains and tests. SIBYL_E_STOPPED after a checkpoint (where there is a
 * folder) when stop_asked() said so; pre-training and the networks of training.folds have none.
 * The trained predictor is j->predictor. */
enum status training_run(struct training *j, struct training_outcome *out);
/* Local. The fields that a training adds to result.json. */
void training_report(const struct training_outcome *o, struct result *r);
/* Local, rank 0. The training is over and written down: its checkpoint goes. */
void training_forget_checkpoint(const struct training *j);
/* Local. The path of a file of the training's folder, the caller's to free(). NULL: no memory,
 * which is the message. */
char *training_path(const struct training *j, const char *name);
void training_release(struct training *j); /* fine on a zeroed struct */

#endif
