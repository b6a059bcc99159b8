#ifndef TRIBUTARY_CALLOCATION_COUNTER_H
#define TRIBUTARY_CALLOCATION_COUNTER_H

#include <stdint.h>

/// How many allocations the process has made since it started, on all threads.
uint64_t tributary_allocations(void);

#endif
