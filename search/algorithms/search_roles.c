#include "search/algorithms/search_roles.h"

#include "search/algorithms/search_options.h"

#include <inttypes.h>
#include <stdio.h>

enum status search_roles_of(const struct search_options *o, bool program, uint32_t ranks,
                            struct search_roles *out)
{
    bool trains = o->algorithm == ALGORITHM_PREDICTOR, alone = ranks == 1;
    uint32_t train = o->ranks_train, evaluate = o->ranks_evaluate;
    const bool shared = alone || o->coordinator_shared;
    *out = (struct search_roles){.shared = shared, .evaluating = shared ? ranks : ranks - 1};
    if (alone) out->free = o->pace == PACE_FREE;
    if (alone || o->pace == PACE_ROUNDS) return SIBYL_OK;
    if (!train) train = evaluate && evaluate < ranks ? ranks - evaluate : 1;
    if (!evaluate && train < ranks)
        evaluate = ranks - train + (!trains && o->coordinator_shared && train == 1);
    if (train > ranks || evaluate > ranks ||
        (evaluate + train != ranks && evaluate + train != ranks + 1))
        return err_set(SIBYL_E_USAGE,
                       "ranks: %u to evaluate and %u to train are not the %u ranks of this run: "
                       "want as many together, or one more (rank 0 does both then)",
                       evaluate, train, ranks);
    if (o->pace == PACE_AUTO && !(program && evaluate > 1)) return SIBYL_OK;
    *out = (struct search_roles){.free = true,
                                 .shared = evaluate + train > ranks,
                                 .helpers = train - 1,
                                 .evaluating = evaluate};
    return SIBYL_OK;
}

bool search_roles_evaluates(const struct search_roles *r, uint32_t rank)
{
    return rank ? rank > r->helpers : r->shared;
}

uint32_t search_roles_training(const struct search_roles *r, uint32_t ranks)
{
    return r->free ? r->helpers + 1 : ranks;
}

/* ---- in words ---- */

/* "rank 3" or "ranks 3 to 5". */
static void put_ranks(FILE *f, uint32_t first, uint32_t last)
{
    if (first == last)
        fprintf(f, "rank %" PRIu32, first);
    else
        fprintf(f, "ranks %" PRIu32 " to %" PRIu32, first, last);
}

static void put_rounds(FILE *f, const struct search_roles *r, bool trains, uint32_t ranks)
{
    fputs("in rounds: ", f);
    put_ranks(f, !r->shared, ranks - 1);
    fprintf(f, " evaluate%s, and wait%s for the slowest of a round", r->evaluating > 1 ? "" : "s",
            r->evaluating > 1 ? "" : "s");
    if (trains) fprintf(f, "; then all %" PRIu32 " train the predictor and score", ranks);
    fprintf(f, "; rank 0 keeps the journal%s", r->shared ? " as well" : "");
}

static void put_free(FILE *f, const struct search_roles *r, bool trains, uint32_t ranks)
{
    const bool own = r->shared && r->helpers > 0; /* behind the helpers there are others */
    fputs("in free pace: ", f);
    if (own) fputs("rank 0 and ", f);
    put_ranks(f, r->shared && !own ? 0 : r->helpers + 1, ranks - 1);
    fprintf(f, " evaluate%s, each its next network when it has done one; ",
            r->evaluating > 1 ? "" : "s");
    if (!trains && r->helpers > 0) {
        put_ranks(f, 1, r->helpers);
        fputs(" would train, but no predictor is trained; ", f);
    } else if (trains) {
        put_ranks(f, 0, r->helpers);
        fprintf(f, " train%s the predictor and score%s meanwhile; ", r->helpers ? "" : "s",
                r->helpers ? "" : "s");
    }
    fputs(r->shared && trains   ? "rank 0 keeps the journal as well, and trains only between two "
                                  "evaluations of its own"
          : trains || r->shared ? "rank 0 keeps the journal as well"
                                : "rank 0 keeps the journal",
          f);
}

void search_roles_text(char *out, size_t bytes, const struct search_roles *r,
                       const struct search_options *o, uint32_t ranks)
{
    bool trains = o->algorithm == ALGORITHM_PREDICTOR;
    out[0] = '\0';
    FILE *f = fmemopen(out, bytes, "w");
    if (!f) return;
    if (ranks == 1)
        fprintf(f, "in %s: the one rank does all, one thing after another",
                r->free ? "free pace" : "rounds");
    else if (r->free)
        put_free(f, r, trains, ranks);
    else
        put_rounds(f, r, trains, ranks);
    fclose(f);
    out[bytes - 1] = '\0';
}
