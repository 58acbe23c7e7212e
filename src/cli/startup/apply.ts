import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pmError, reasonOf } from '../../errors';
import type { Output } from '../render/output';
import type { BootRequest } from './request';
import { bootSystem } from './systems';

/** Where the boot script goes; null: the caller may not write it. `isReal`: not below DESTDIR. */
export function bootTarget(
  { system, facts }: BootRequest,
  destDir: string | undefined,
): { readonly file: string; readonly isReal: boolean } | null {
  const file = bootSystem(system).file(facts);
  if (destDir !== undefined && destDir !== '') return { file: join(destDir, file), isReal: false };
  return process.getuid?.() === 0 ? { file, isReal: true } : null;
}

/** @throws PmError STARTUP_FAILED with the command that failed */
export function applyBootCommands(commands: readonly (readonly string[])[], output: Output): void {
  for (const [program = '', ...args] of commands) {
    const line = [program, ...args].join(' ');
    output.info(`>>> ${line}`);
    try {
      execFileSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    } catch (error) {
      throw pmError('STARTUP_FAILED', { command: line, why: reasonOf(error) }, { cause: error });
    }
  }
}
