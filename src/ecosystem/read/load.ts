import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pmError, reasonOf, systemCodeOf } from '../../errors';
import { configKindOf, type ConfigKind } from './config-files';
import { openDocument, openPackage, type ParsedFile, type PmDocument } from './document';
import { loadScript } from './load-script';

/**
 * Reads a config file. JavaScript runs in this process (never in God).
 * @param path relative to `cwd`
 * @throws PmError CONFIG_NOT_FOUND, CONFIG_MALFORMED (it throws, syntax error: with line), CONFIG_INVALID (no apps in it)
 */
export async function loadConfigFile(path: string, cwd: string): Promise<PmDocument> {
  const file = resolve(cwd, path);
  const kind = configKindOf(file);
  if (kind === null)
    throw pmError('CONFIG_MALFORMED', { file: path, why: 'its name is not that of a config file' });
  const text = readText(file, path);
  const { value, lineOf, warnings } = await parse(kind, text, file);
  const document = kind === 'package' ? openPackage(value, file, lineOf) : openDocument(value, file, lineOf);
  return withWarnings(document, warnings);
}

/** Reads the JSON that `start -` and others get on stdin: the whole of it, in the same dialect as a JSON file. */
export async function loadStdin(text: string): Promise<PmDocument> {
  if (text.trim() === '')
    throw pmError('CONFIG_MALFORMED', { file: 'stdin', why: 'there is nothing on stdin' });
  const { value, lineOf, warnings } = await parse('json', text, 'stdin');
  return withWarnings(openDocument(value, undefined, lineOf), warnings);
}

const withWarnings = (document: PmDocument, warnings: readonly string[] = []): PmDocument => ({
  ...document,
  warnings: [...warnings, ...document.warnings],
});

async function parse(kind: ConfigKind, text: string, file: string): Promise<ParsedFile> {
  switch (kind) {
    case 'json':
    case 'package':
      return (await import('./parse-json')).parseJson(text, file);
    case 'yaml':
      return (await import('./parse-yaml')).parseYaml(text, file);
    case 'script':
    case 'typescript':
      return { value: await loadScript(file, kind), lineOf: () => undefined };
  }
}

/** Reads scripts as well, although Node reads them again: a missing or unreadable file gets its own message. */
function readText(file: string, asWritten: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT')
      throw pmError('CONFIG_NOT_FOUND', { file: asWritten }, { cause: error });
    throw pmError('CONFIG_MALFORMED', { file: asWritten, why: reasonOf(error) }, { cause: error });
  }
}
