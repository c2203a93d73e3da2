/* Standard input, output and error as a program needs them. Local.
 *
 * standard_streams_open (first of all in main) -> ... -> standard_streams_close (last of all). */
#ifndef BASE_STANDARD_STREAMS_H
#define BASE_STANDARD_STREAMS_H

#include "base/status.h"

/* Where one of the three is closed, a file that is opened later would take its number, and what is
 * printed would go into that file. Their numbers are taken by /dev/null here: input ends at once,
 * errors go nowhere, and writing to standard output fails. */
void standard_streams_open(void);

/* Writes what standard output still holds, and closes it. SIBYL_E_IO: not all that was printed
 * since the start could be written. */
enum status standard_streams_close(void);

#endif
