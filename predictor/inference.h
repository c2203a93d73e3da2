/* A trained network packed for scoring (NNFORMER.md, sections 1 to 3). Local.
 *
 * Gains and biases of the layer norms are folded into the matrices that follow them, weights are
 * packed once, and the first block's rows and their Q, K, V are tables over the embeddings. An
 * output's bits depend on its graph alone, not on the batch around it. */
#ifndef PREDICTOR_INFERENCE_H
#define PREDICTOR_INFERENCE_H

#include "predictor/batch.h"
#include "predictor/nnformer_shape.h"

struct inference;

/* Copies what it needs of `weights`; `shape` is borrowed. */
enum status inference_new(struct inference **out, const struct nnformer_shape *shape,
                          const real *weights);
void inference_free(struct inference *n); /* NULL is fine */

/* out[b]: the network's output for graph b. Scratch memory is the arena's. */
enum status inference_run(const struct inference *n, const struct batch *b, struct arena *arena,
                          real *out);

/* Rows of a batch that keep its hidden layer in the second-level cache. */
uint32_t inference_rows(const struct nnformer_shape *shape);

#endif
