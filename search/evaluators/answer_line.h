/* A line that a program printed, made fit to be read as JSON. Local. */
#ifndef SEARCH_EVALUATORS_ANSWER_LINE_H
#define SEARCH_EVALUATORS_ANSWER_LINE_H

#include <stdbool.h>

/* Takes out of `line` what terminals do not show: colours, cursor moves, titles, a byte order mark,
 * backspaces. True if there were backspaces, as progress bars print them. */
bool answer_line_plain(char *line);

/* A copy that a strict reader of JSON takes, to be freed; NULL: no memory. Numbers that JSON has
 * not (NaN, infinities, and those beyond a double) become texts that begin with
 * ANSWER_NUMBER_MARK; within texts, bytes that are no UTF-8, control characters and escapes that
 * stand for no character become U+FFFD. Everything else is as it was, also what is no JSON. */
char *answer_line_json(const char *line);

/* Takes the marks, as json_dumps() writes them, out of a text again. */
void answer_line_unmark(char *text);

#endif
