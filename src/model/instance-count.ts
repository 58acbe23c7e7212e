/**
 * More instances than this are a slip of the finger (`pm scale api 80800`) until somebody says that they are meant: four for each
 * CPU, and enough beside them that a small machine may have a crowd of idle ones.
 */
export const usualMost = (cpuCount: number): number => 4 * cpuCount + 64;

/** More are refused whoever says so: each is a process, and pm would be busy with nothing else for minutes. */
export const MOST_INSTANCES = 10_000;
