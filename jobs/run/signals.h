/* What asks a run to stop after a checkpoint: SIGTERM, SIGUSR1, SIGUSR2, SIGINT, and the end of its
 * time. Local. */
#ifndef JOBS_RUN_SIGNALS_H
#define JOBS_RUN_SIGNALS_H

#include <stdbool.h>

/* left_s: seconds from now after which it is as if a signal had come; 0: never. */
void signals_install(double left_s);
bool signals_stop_asked(void *unused);

#endif
