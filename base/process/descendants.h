/* The processes below this one, found in /proc. Local. */
#ifndef BASE_PROCESS_DESCENDANTS_H
#define BASE_PROCESS_DESCENDANTS_H

#include <stddef.h>

/* Only calls that are safe after fork() in a program with threads.
 * Sends SIGKILL to all children, their children, and so on, as they are now. A process that is
 * killed hands its children to the nearest subreaper above it: call again until there is none. */
void descendants_kill(void);

/* Kills all processes of this user that have this variable ("NAME=VALUE") in the environment that
 * they began with, wherever they are in the tree of processes. Not between fork() and exec. Returns
 * how many there were. */
size_t descendants_kill_marked(const char *variable);

#endif
