#include "base/process/descriptors.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#define HIGHEST_USUAL 1023

int descriptors_highest(void)
{
    long highest = HIGHEST_USUAL;
    DIR *d = opendir("/proc/self/fd");
    if (!d) return HIGHEST_USUAL;
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        long fd = strtol(e->d_name, NULL, 10); /* 0 for "." */
        if (fd > highest) highest = fd;
    }
    closedir(d);
    return (int)highest;
}

void descriptors_close(int first, int highest, int kept)
{
    for (int fd = first; fd <= highest; fd++) {
        if (fd != kept) close(fd);
    }
}
