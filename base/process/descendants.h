/* The processes below this one, found in /proc. Only calls that are safe after fork() in a program
 * with threads. Local. */
#ifndef BASE_PROCESS_DESCENDANTS_H
#define BASE_PROCESS_DESCENDANTS_H

/* Sends SIGKILL to all children, their children, and so on, as they are now. A process that is
 * killed hands its children to the nearest subreaper above it: call again until there is none. */
void descendants_kill(void);

#endif
