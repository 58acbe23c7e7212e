import { createJiti } from 'jiti';

/** Runs a TypeScript file with jiti. Apart, so that jiti is read only when a config is TypeScript and Node cannot. */
export const runWithJiti = (file: string): Promise<unknown> =>
  // No caches: on disk they would be files of ours outside PM_HOME, in memory they would hide changes.
  createJiti(file, { fsCache: false, moduleCache: false }).import(file);
