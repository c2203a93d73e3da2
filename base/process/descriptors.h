/* Open files of this process, for the moment between fork and exec. Local. */
#ifndef BASE_PROCESS_DESCRIPTORS_H
#define BASE_PROCESS_DESCRIPTORS_H

/* The highest open one, or 1023 where that cannot be known. To be asked before fork(). */
int descriptors_highest(void);
/* Closes first .. highest but `kept`. Safe between fork() and exec. */
void descriptors_close(int first, int highest, int kept);

#endif
