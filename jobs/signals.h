/* Signals that ask a run to stop after a checkpoint: SIGTERM, SIGUSR1, SIGUSR2, SIGINT. Local. */
#ifndef JOBS_SIGNALS_H
#define JOBS_SIGNALS_H

#include <stdbool.h>

void signals_install(void);
bool signals_stop_asked(void *unused);

#endif
