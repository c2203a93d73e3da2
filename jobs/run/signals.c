#include "jobs/run/signals.h"

#include "base/clock.h"

#include <signal.h>
#include <stddef.h>

/* The one piece of process-wide state: a signal handler can reach nothing else. */
static volatile sig_atomic_t stop_asked;
static double deadline_s; /* by the clock; 0: none. Set once */

static void on_signal(int number)
{
    (void)number;
    stop_asked = 1;
}

void signals_install(double left_s)
{
    deadline_s = left_s > 0 ? clock_s() + left_s : 0;
    const int numbers[] = {SIGTERM, SIGUSR1, SIGUSR2, SIGINT};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        sigaction(numbers[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write */
}

bool signals_stop_asked(void *unused)
{
    (void)unused;
    return stop_asked != 0 || (deadline_s > 0 && clock_s() >= deadline_s);
}
