/* Seconds on a clock that only goes forward; for durations, never for results. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

double clock_s(void);

#endif
