import { findConfigFile, normaliseApps, type KnownApp } from '../ecosystem';
import { pmError } from '../errors';
import type { AppSpec } from '../model/app-spec';
import { normaliseContext, readDocument } from './apps';
import type { Context, Input } from './command';

/** What a file says, read strictly. */
export interface DesiredFile {
  readonly apps: AppSpec[];
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
  /** Absolute; undefined for stdin. */
  readonly file: string | undefined;
}

/**
 * Reads the file that is named, or the ecosystem file of this folder.
 *
 * @throws PmError CONFIG_NOT_FOUND, CONFIG_MALFORMED, CONFIG_INVALID (also for unknown attributes), see normaliseApps
 */
export async function readDesired(
  input: Input,
  context: Context,
  known: readonly KnownApp[],
): Promise<DesiredFile> {
  const file = input.args[0] ?? findConfigFile(context.cwd);
  if (file === null)
    throw pmError('CONFIG_NOT_FOUND', {
      file: 'ecosystem.config.js',
      hint: 'Name the file, or write an ecosystem.config.js here.',
    });
  const document = await readDocument(file, context);
  const read = normaliseApps(document, { ...normaliseContext(input, context), strict: true, known });
  return { ...read, file: document.file };
}
