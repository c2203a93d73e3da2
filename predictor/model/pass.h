/* What a training step's forward and backward passes share: kernels over all rows of a batch, split
 * over the rank's threads. Local. */
#ifndef PREDICTOR_MODEL_PASS_H
#define PREDICTOR_MODEL_PASS_H

#include "predictor/kernels/kernels.h"
#include "predictor/model/nnformer.h"
#include "predictor/model/packed.h"

struct pass {
    const struct kernels *k;
    const struct predictor_options *o;
    const struct batch *b;
    struct layer_sides sides;
    size_t rows, d, f; /* d, f: padded */
    int threads;
    enum precision precision;
    uint16_t *rounded; /* (R, widest) an operand in bfloat16; NULL in float32 */
};
/* Scratch memory is the arena's. */
enum status pass_init(struct pass *p, const struct nnformer_shape *s, const struct batch *b,
                      const struct nnformer_mode *mode, struct arena *arena);

/* `count` buffers of `size` numbers each, into the pointers given. */
enum status pass_buffers(struct arena *arena, size_t size, real ***list, size_t count);

/* A product with `count` panels of a matrix from `panel` on; q has all else but those. */
void pass_product(const struct pass *p, const struct matrix *m, size_t panel, size_t count,
                  const struct product *q);
void pass_norm(const struct pass *p, const struct norm *n);
void pass_neighbours(const struct pass *p, const struct graphconv *c);

/* Dropout's four sites in a layer. */
enum site { SITE_PROBABILITIES, SITE_ATTENDED, SITE_HIDDEN, SITE_OUTPUT, SITES };
struct dropout pass_dropout(const struct nnformer_state *s, uint32_t layer, enum site site);

/* out = [residual +] mask * x, (R, columns) each. */
void pass_drop(const struct pass *p, const struct nnformer_state *s, uint32_t layer, enum site site,
               const struct dropped_rows *rows);

struct attention pass_attention(const struct pass *p, const struct nnformer_layer *l);

#endif
