/* How the calls of libsibyl tell of failures.
 *
 * Every call that can fail returns an enum sibyl_code, and takes as its last argument a struct
 * sibyl_status, which may be NULL. The struct belongs to the caller, who may keep it on the stack;
 * a call fills it in whether it succeeds or not. The library keeps no message, no last error, and
 * no other state of its own, prints nothing, and never ends the process because of what a file or
 * an argument holds.
 *
 * A call sets its outputs only when it succeeds. An object that a failed call was to change is as
 * it was before the call, and can be used on and freed.
 *
 * Unless a header says otherwise, an object may be read by any number of threads at a time, and may
 * be changed or freed only while no other thread uses it. */
#ifndef SIBYL_STATUS_H
#define SIBYL_STATUS_H

#if defined(__GNUC__)
#define SIBYL_API __attribute__((visibility("default")))
#else
#define SIBYL_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum sibyl_code {
    SIBYL_CODE_OK = 0,
    SIBYL_CODE_MEMORY,     /* out of memory */
    SIBYL_CODE_IO,         /* a file could not be read */
    SIBYL_CODE_FORMAT,     /* what a file, a text or a graph says is not what it must be */
    SIBYL_CODE_ARGUMENT,   /* the call makes no sense: NULL, an index that is out of range, objects
                              that do not belong together */
    SIBYL_CODE_RANGE,      /* a number is out of its bounds, or a count is too large */
    SIBYL_CODE_UNSUPPORTED /* the request makes sense, but this library or this CPU cannot do it */
};

/* Bytes of a message, with the zero at its end. This will stay as it is. */
#define SIBYL_MESSAGE_BYTES 1024

struct sibyl_status {
    enum sibyl_code code;
    /* One line without its end, which says what failed, where, and often what to do. It is empty
     * after a success. Bytes that a file brought in and that cannot be printed are shown as '?'. */
    char message[SIBYL_MESSAGE_BYTES];
};

/* The version of the library, such as "0.1.0". The text is constant. */
SIBYL_API const char *sibyl_version(void);

#ifdef __cplusplus
}
#endif

#endif
