/* What a program prints on stdout, read as it comes: any text, and results so far.
 *
 * A line that is a JSON object is a result so far; the last one counts. Of a line with carriage
 * returns the part behind the last one is the line, as a terminal shows it, and a JSON object may
 * stand there behind the text of a progress bar. Nothing is kept but the line at hand, of up to
 * ANSWER_LINE_MAX bytes, and the last result. Local.
 *
 * answer_init -> answer_take ... -> answer_finish -> answer_read -> answer_release */
#ifndef SEARCH_EVALUATORS_COMMAND_ANSWER_H
#define SEARCH_EVALUATORS_COMMAND_ANSWER_H

#include "search/evaluators/evaluator.h"

#define ANSWER_LINE_MAX (1u << 20) /* bytes; a longer line is no result */
#define ANSWER_SHOWN_BYTES 120
/* JSON has no NaN and no infinity, but Python's json.dumps() and others print them. In `result`
 * they are texts that begin with this byte, which no text of a program's can: it is printed as an
 * escape.
 */
#define ANSWER_NUMBER_MARK '\001'

struct answer {
    char *line; /* owned */
    size_t bytes, capacity;
    bool returned;      /* a carriage return was the last byte */
    bool bar;           /* the line had a carriage return within */
    bool binary, large; /* the line has a zero byte; is too long */
    bool said, no_text; /* there was anything at all; a line that is no text */
    bool lost;          /* no memory for a line */
    struct json_t *result;
    /* Whose values come first among the side values, of which there is no room for any number;
     * NULL: none. Borrowed. */
    const struct objectives *objectives;
    /* Called with each new result (a->result). True: it is the last, and what comes behind it does
     * not count. NULL: nobody wants to know. */
    bool (*found)(void *context, const struct answer *a);
    void *context;
    bool closed; /* `found` has said so */
    /* The last line that looked as if it were a result and was none, and why. */
    char fault[2 * ANSWER_SHOWN_BYTES + 64];
    char shown[ANSWER_SHOWN_BYTES]; /* the beginning of the last line that is not empty */
};

void answer_init(struct answer *a);
void answer_take(struct answer *a, const char *data, size_t bytes);
/* The last line may be without its end. */
void answer_finish(struct answer *a);
/* Sets value (times `sign`) and side values of `out`, or failed and the error. SIBYL_E_MEM: there
 * was no memory for what it printed. */
enum status answer_read(const struct answer *a, const char *value, double sign,
                        struct evaluation *out);
/* The number of the last result under a key; false: there is none that is finite. */
bool answer_number(const struct answer *a, const char *key, double *out);
/* The side values alone: of a program that failed later. */
void answer_read_side_values(const struct answer *a, const char *value, struct evaluation *out);
void answer_release(struct answer *a);

#endif
