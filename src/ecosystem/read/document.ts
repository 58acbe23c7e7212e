import { pmError } from '../../errors';
import { isRecord, kindOf } from '../attributes/kinds';
import { similarTo } from '../attributes/similar';
import { staticApp } from './static-sites';

/** Where a value stands in its file: the line of that path of keys and indexes; undefined when not known. */
export type LineOf = (path: readonly (string | number)[]) => number | undefined;

/** A file as its reader gives it: the value, and how to find lines in it. */
export interface ParsedFile {
  readonly value: unknown;
  readonly lineOf: LineOf;
  /** What is odd about the text, one line each. */
  readonly warnings?: readonly string[];
}

/** One app as written, not looked at yet. */
export interface RawApp {
  readonly value: unknown;
  /** How messages name it: `apps[2]`; empty when the file is one bare app. */
  readonly label: string;
  /** Line of an attribute of it, by the name as written; without a name, the line of the app. */
  readonly lineOf: (attribute?: string) => number | undefined;
}

/** A config file (or an object, or stdin) opened up: its apps, and the sections that other commands read. */
export interface PmDocument {
  /** Absolute; undefined for an object or stdin. */
  readonly file?: string;
  /** Those of the section `static` too. */
  readonly apps: readonly RawApp[];
  /** Section `deploy`, kept as it is for `pm deploy`. */
  readonly deploy?: unknown;
  /** Unknown attributes are errors (`strict: true` beside the apps). */
  readonly strict?: true;
  readonly warnings: readonly string[];
}

const APP_SECTIONS = ['apps', 'pm', 'pm2'] as const;
const OTHER_SECTIONS = ['deploy', 'static', 'strict'] as const;

const noLines: LineOf = () => undefined;

/** Opens what a file holds: `{apps: [...]}`, `{apps: {...}}`, `{pm2: [...]}`, a list, or one bare app. */
export function openDocument(value: unknown, file?: string, lineOf: LineOf = noLines): PmDocument {
  const rest = { warnings: [], ...(file === undefined ? {} : { file }) };
  if (Array.isArray(value)) return { ...rest, apps: listOf(value, 'apps', [], lineOf) };
  if (!isRecord(value)) throw invalid(file, `expected an object with "apps", got ${kindOf(value)}`);
  const section = APP_SECTIONS.find((name) => value[name] != null);
  if (section === undefined && value['static'] == null && value['deploy'] == null) {
    return { ...rest, apps: [rawApp(value, '', [], lineOf)] };
  }
  return {
    ...rest,
    apps: [
      ...(section === undefined ? [] : appsOfSection(value[section], section, lineOf, file)),
      ...sitesOf(value['static'], lineOf, file),
    ],
    ...(value['deploy'] == null ? {} : { deploy: value['deploy'] }),
    ...(value['strict'] === true ? { strict: true } : {}),
    warnings: warningsAbout(value),
  };
}

/** Opens a package.json: sections `pm`, `pm2` or `apps` are ours, in this order; all else is npm's. */
export function openPackage(value: unknown, file: string, lineOf: LineOf): PmDocument {
  const section = isRecord(value)
    ? (['pm', 'pm2', 'apps'] as const).find((name) => value[name] != null)
    : undefined;
  if (!isRecord(value) || section === undefined)
    throw invalid(file, 'expected a section "pm", "pm2" or "apps"');
  return { file, apps: appsOfSection(value[section], section, lineOf, file), warnings: [] };
}

function appsOfSection(value: unknown, section: string, lineOf: LineOf, file: string | undefined): RawApp[] {
  if (Array.isArray(value)) return listOf(value, section, [section], lineOf);
  if (!isRecord(value)) throw invalid(file, `${section}: expected a list of apps, got ${kindOf(value)}`);
  // `pm2: {apps: [...]}` in a package.json.
  if (value['apps'] != null && section !== 'apps') {
    const { apps } = value;
    if (Array.isArray(apps)) return listOf(apps, `${section}.apps`, [section, 'apps'], lineOf);
    return [rawApp(apps, `${section}.apps`, [section, 'apps'], lineOf)];
  }
  return [rawApp(value, section, [section], lineOf)];
}

/** Static sites are apps that pm brings the script of. @throws PmError CONFIG_INVALID */
function sitesOf(value: unknown, lineOf: LineOf, file: string | undefined): RawApp[] {
  if (value == null) return [];
  const sites: unknown = isRecord(value) ? [value] : value;
  if (!Array.isArray(sites) || !sites.every(isRecord))
    throw invalid(file, `static: expected a list of sites, got ${kindOf(value)}`);
  return sites.map((site, index) =>
    rawApp(staticApp(site, `static[${index}]`, file), `static[${index}]`, ['static', index], lineOf),
  );
}

const listOf = (apps: readonly unknown[], label: string, path: readonly string[], lineOf: LineOf): RawApp[] =>
  apps.map((app, index) => rawApp(app, `${label}[${index}]`, [...path, index], lineOf));

const rawApp = (
  value: unknown,
  label: string,
  path: readonly (string | number)[],
  lineOf: LineOf,
): RawApp => ({
  value,
  label,
  lineOf: (attribute) =>
    attribute === undefined ? lineOf(path) : (lineOf([...path, attribute]) ?? lineOf(path)),
});

/** A section that nobody reads is a warning only: PM2 files carry helpers beside `apps`. `x-` and `$` mark them. */
function warningsAbout(value: Readonly<Record<string, unknown>>): string[] {
  const known: readonly string[] = [...APP_SECTIONS, ...OTHER_SECTIONS];
  const foreign = Object.keys(value).filter((key) => !known.includes(key) && !/^(x-|\$|_)/.test(key));
  return foreign.map((key) => {
    const similar = similarTo(key, known);
    return `Section "${key}" is not read${similar === undefined ? '' : `; did you mean "${similar}"?`}`;
  });
}

const invalid = (file: string | undefined, problem: string): Error =>
  pmError('CONFIG_INVALID', { file, problems: [problem] });
