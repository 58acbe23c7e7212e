import type { Home } from '../../home';
import { makeLineReader, type LineFormat, type LogLine } from '../../logs/reader';
import type { InstanceView } from '../../model/instance';
import { printable } from '../render/text-width';
import { isNarrowed, viewsMeant as anyMeant } from '../selectors';
import type { LogKind, LogWishes } from './wishes';

export type { LogKind };

/** One log file, and whose it is. */
export interface LogSource {
  readonly path: string;
  readonly kind: LogKind;
  readonly app: string;
  /** null: several instances write to it. */
  readonly id: number | null;
  /** Ids of those who write to it. */
  readonly ids: readonly number[];
  readonly read: (line: string) => LogLine;
}

/** @throws PmError BAD_SELECTOR */
export const viewsMeant = (
  views: readonly InstanceView[],
  { selectors, choice }: Pick<LogWishes, 'selectors' | 'choice'>,
): readonly InstanceView[] => anyMeant(views, selectors, choice);

export const isAllMeant = ({ selectors, choice }: LogWishes): boolean =>
  (selectors.length === 0 || selectors.includes('all')) && !isNarrowed(choice.within);

/** The files of the instances meant; one that several of them share stands there once. @throws PmError BAD_SELECTOR */
export function sourcesOf(views: readonly InstanceView[], wishes: LogWishes, home: Home): LogSource[] {
  const sources = new Map<string, LogSource>();
  const add = (path: string, kind: LogKind, app: string, id: number, format?: LineFormat): void => {
    const known = sources.get(path);
    const ids = [...new Set([...(known?.ids ?? []), id])];
    const read = known?.read ?? makeLineReader(format ?? null);
    sources.set(path, { path, kind: known?.kind ?? kind, app, id: ids.length === 1 ? id : null, ids, read });
  };
  if (isAllMeant(wishes) && wishes.kinds.includes('daemon')) {
    const read = makeLineReader(null);
    sources.set(home.logFile, { path: home.logFile, kind: 'daemon', app: 'PM', id: null, ids: [], read });
  }
  for (const view of viewsMeant(views, wishes)) {
    for (const { path, kind } of filesOf(view))
      if (wishes.kinds.includes(kind)) add(path, kind, printable(view.name), view.id, view.logFormat);
  }
  return [...sources.values()];
}

/** The two files of an instance; the combined one only for a stream that has no file of its own. */
function filesOf(view: InstanceView): { path: string; kind: LogKind }[] {
  const files = [
    { kind: 'out' as const, path: view.outLogPath },
    { kind: 'error' as const, path: view.errorLogPath },
  ].filter(({ path }) => isFile(path));
  const { combinedLogPath: combined } = view;
  if (combined === undefined || !isFile(combined) || files.length === 2) return files;
  return [...files, { kind: files.some(({ kind }) => kind === 'out') ? 'error' : 'out', path: combined }];
}

const isFile = (path: string): boolean => path !== '' && !path.startsWith('/dev/');
