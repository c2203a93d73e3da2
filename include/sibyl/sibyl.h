/* All of libsibyl: scoring neural architectures with a trained predictor, from C or C++. It needs
 * no MPI. Each header says what its calls do; status.h says what holds for all of them. */
#ifndef SIBYL_SIBYL_H
#define SIBYL_SIBYL_H

#include <sibyl/dataset.h>
#include <sibyl/graph.h>
#include <sibyl/metrics.h>
#include <sibyl/predictor.h>
#include <sibyl/scorer.h>
#include <sibyl/space.h>
#include <sibyl/status.h>

#endif
