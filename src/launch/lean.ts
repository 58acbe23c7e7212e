/* How our own daemons are kept small. What each of these gives and costs: docs/benchmarks.md, "Memory". */

/**
 * The young generation of V8 grows to 16 MB and more under a burst of work (fifty starts) and stays; what our daemons
 * do makes little garbage, and they collect it in a fraction of a millisecond.
 */
export const LEAN_FLAGS = ['--max-semi-space-size=1'];

/**
 * glibc keeps what was freed: in an arena of each thread, and below a limit that grows with the largest block that was
 * ever freed. One arena and fixed limits give it back. Other C libraries do not look at these.
 */
export const LEAN_MALLOC = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '65536',
  MALLOC_TRIM_THRESHOLD_: '65536',
};
