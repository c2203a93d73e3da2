/* Status codes, and the one message that belongs to a failure.
 *
 * Fallible functions return `enum status`; 0 is success. Where the cause is known, and only there,
 * the message is set by err_set(), with the file, line or record at fault and what to do. Callers
 * pass the status up; outputs are set only on success. The message is kept per thread, as errno is.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

enum status {
    SIBYL_OK = 0,
    SIBYL_E_MEM,    /* out of memory */
    SIBYL_E_IO,     /* a file or a process could not be read, written or started */
    SIBYL_E_FORMAT, /* the content of a file or message is not what it must be */
    SIBYL_E_USAGE,  /* the command line or the job file is wrong: exit status 2 */
    SIBYL_E_RANGE,  /* a number that is out of its bounds, NaN or overflowing */
    SIBYL_E_STOPPED /* stopped by a signal after a checkpoint: exit status 3 */
};

#define STATUS_MESSAGE_BYTES 1024

/* Set the message (printf style) and return `st`. A NULL-free one-liner; cut at 1023 bytes. Names
 * and paths from files may stand in it: what is no printable character becomes '?'. */
enum status err_set(enum status st, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Put "context: " in front of the present message, and return `st`. */
enum status err_prefix(enum status st, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* SIBYL_E_MEM with a message that names what was wanted. */
enum status err_memory(const char *what);

/* The message of the last failure in this thread; "" if there was none. Never NULL. */
const char *err_message(void);

/* What a process should exit with: 0, 1, 2 or 3. */
int status_exit_code(enum status st);

/* Our own mistakes, never bad data: prints where, calls the hook (MPI_Abort, say), then abort(). */
void bug(const char *file, int line, const char *condition) __attribute__((noreturn));
void bug_set_hook(void (*hook)(void));
#define SIBYL_BUG_IF(condition)                                                                    \
    do {                                                                                           \
        if (condition) bug(__FILE__, __LINE__, #condition);                                        \
    } while (0)

#endif
