/* What people look at while a search runs, kept current: history.csv and best.json, result.json (by
 * search_run.current), and the line that tells how it gets on. On rank 0. Local.
 *
 * Calling sequence: current_begin -> current_model where all ranks train and score, current_mark
 * where results have come, current_look as often as one likes -> current_end.
 *
 * Files are written whole, at most once a second, and so that they take about a hundredth of the
 * time of a search in a table, whatever its size. */
#ifndef SEARCH_ENGINE_CURRENT_H
#define SEARCH_ENGINE_CURRENT_H

#include "search/engine/engine.h"
#include "search/engine/ledger.h"
#include "search/engine/progress.h"

struct current {
    const struct ledger *ledger; /* borrowed */
    uint64_t slots;              /* evaluations at once, at most */
    struct progress progress;
    double begin_s, said_s, next_s; /* next_s: not before then are files written again */
    double marked_s, model_s;       /* the last mark; what the model has taken since then */
    size_t before, marked, said,
        written; /* evaluations: of earlier sessions, at the last mark ... */
    bool warned;
};

/* `l` is open. */
void current_begin(struct current *c, const struct ledger *l, uint64_t slots);
/* All ranks have trained and scored for so long. Before current_begin(), as while a journal is
 * replayed, it does nothing. */
void current_model(struct current *c, double seconds);
/* Results have come; between two of these calls evaluations run, but for the model's time. */
void current_mark(struct current *c);
/* Says and writes what is due. What cannot be written is told once, and ends nothing. */
void current_look(struct current *c);
/* The line of the end, where there is anything new. */
void current_end(struct current *c);

/* history.csv, best.json and, where the run wants it, how far it is: now. Results of a round that
 * is not whole yet stand behind the others. */
enum status current_write(const struct ledger *l);

/* Only how far it is. */
enum status current_tell(const struct ledger *l);

/* The ledger's results, summed up; the caller's to release. */
enum status current_sum_up(const struct ledger *l, struct search_result *out);

#endif
