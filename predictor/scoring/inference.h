/* A trained network packed for scoring (NNFORMER.md, sections 1 to 3). Local.
 *
 * Weights are packed once, and the first block's rows and their Q, K, V are tables over the
 * embeddings, unless nodes carry attributes. The feed-forward's hidden layer relu(Z W_1^T + A (Z
 * W_g^T)) is computed as relu([Z, A Z] [W_1, W_g]^T), where rows without neighbours skip the second
 * half. An output's bits depend on its graph and the precision alone, not on the batch around it.
 */
#ifndef PREDICTOR_SCORING_INFERENCE_H
#define PREDICTOR_SCORING_INFERENCE_H

#include "predictor/inputs/batch.h"
#include "predictor/model/nnformer_shape.h"

struct inference;

/* Whether this CPU has instructions for products in bfloat16. */
bool inference_has_bf16(void);

/* Copies what it needs of `weights`; `shape` is borrowed. Bfloat16 wants a CPU that has it. */
enum status inference_new(struct inference **out, const struct nnformer_shape *shape,
                          const real *weights, enum precision precision);
void inference_free(struct inference *n); /* NULL is fine */

/* out[b]: the network's first output for graph b. pooled (B, width), or NULL: the embeddings that
 * it is a linear function of. Scratch memory is the arena's, and linear in the batch's rows, edges
 * and stored lists. `threads` (below 1: one) share the rows of a large batch; a small one is better
 * scored beside others. */
enum status inference_run(const struct inference *n, const struct batch *b, struct arena *arena,
                          int threads, real *out, real *pooled);

/* Rows of a batch that keep its hidden layer in the second-level cache. */
uint32_t inference_rows(const struct nnformer_shape *shape);

#endif
