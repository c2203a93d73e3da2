/* A fitted Gaussian process as a record of a predictor file. Local. */
#ifndef PREDICTOR_GP_RECORD_H
#define PREDICTOR_GP_RECORD_H

#include "predictor/gaussian_process.h"
#include "proto/records.h"

enum status gp_record_write(struct record_writer *w, const struct gp_model *m);

/* SIBYL_E_FORMAT: damaged, or of inputs that do not have `columns` numbers. */
enum status gp_record_read(struct gp_model *out, const struct record *r, size_t columns);

#endif
