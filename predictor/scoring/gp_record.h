/* A predictor's Gaussian process as a record of a predictor file. Local. */
#ifndef PREDICTOR_SCORING_GP_RECORD_H
#define PREDICTOR_SCORING_GP_RECORD_H

#include "predictor/scoring/predictor.h"
#include "proto/files/records.h"

enum status gp_record_write(struct record_writer *w, const struct predictor *p);

/* Sets p's process, blend and kernel. SIBYL_E_FORMAT: damaged, or of another width than p's. */
enum status gp_record_read(struct predictor *p, const struct record *r);

#endif
