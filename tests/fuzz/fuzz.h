/* A fuzz target: libFuzzer's entry point, and the inputs to begin with. fuzz_main.c runs it without
 * libFuzzer. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

struct fuzz_seed {
    uint8_t *data; /* the caller's to free() */
    size_t bytes;
};

/* Seed `index` (from 0); data is NULL behind the last. */
struct fuzz_seed fuzz_seed(size_t index);

/* A file of this process, in memory where that is possible. */
static inline void fuzz_path(char out[64])
{
    const char *folder = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
    snprintf(out, 64, "%s/sibyl_fuzz_%ld", folder, (long)getpid());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#endif
