import { pmError } from '../errors';
import { ROW_FIELDS, type InstanceRow } from '../model/instance';
import type { Selectable } from '../model/selector';
import { flag, text, type Context, type Input, type View } from './command';
import { renderList } from './render/list';
import { renderMiniList } from './render/mini-list';
import { isSick } from './render/trouble';

type Comparison = (a: InstanceRow, b: InstanceRow) => number;

const byNumber =
  (of: (view: InstanceRow) => number): Comparison =>
  (a, b) =>
    of(a) - of(b);

/** Not by locale: the order of `pm list` must not depend on whose shell it is. */
const byText =
  (of: (view: InstanceRow) => string): Comparison =>
  (a, b) =>
    of(a) < of(b) ? -1 : Number(of(a) > of(b));

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  name: byText((v) => v.name),
  namespace: byText((v) => v.namespace),
  pid: byNumber((v) => v.pid),
  id: byNumber((v) => v.id),
  cpu: byNumber((v) => v.cpuPercent),
  memory: byNumber((v) => v.memoryBytes),
  // Shortest first; without a process there is none, which is shorter still.
  uptime: byNumber((v) => (v.startedAtMs === null ? -Number.MAX_SAFE_INTEGER : -v.startedAtMs)),
  status: byText((v) => v.status),
  version: byText((v) => v.version),
  mode: byText((v) => v.mode),
  user: byText((v) => v.user),
  watching: byNumber((v) => Number(v.watching)),
  restarts: byNumber((v) => v.restarts),
  // Shortest first, as for uptime; what has never ended comes last.
  exit: byNumber((v) => -(v.exits.at(-1)?.atMs ?? -Number.MAX_SAFE_INTEGER)),
};

/** Which of the instances are shown. */
export type Meant = <T extends Selectable>(views: readonly T[]) => readonly T[];

/** The table that `list` and most acting commands end with, as `-m` and `--sort` want it. */
export async function tableView(
  input: Input,
  context: Context,
  meant: Meant = (views) => views,
): Promise<View> {
  const compare = comparisonOf(text(input, 'sort') ?? 'name');
  const isMini = flag(input, 'miniList');
  const params = isMini ? {} : { fields: [...ROW_FIELDS, 'script' as const] };
  const satan = await context.satan({ method: 'list', params });
  const { instances } = await satan.call('list', params);
  const nowMs = context.nowMs();
  const chosen = meant(instances);
  const views = flag(input, 'sick') ? sickFirst(chosen, compare, nowMs) : [...chosen].sort(compare);
  const { terminal, paint } = context.output;
  return { text: isMini ? renderMiniList(views, nowMs) : renderList(views, terminal, paint, nowMs) };
}

function sickFirst<Row extends InstanceRow>(rows: readonly Row[], compare: Comparison, nowMs: number): Row[] {
  const sick = byNumber((view) => Number(!isSick(view, nowMs)));
  return [...rows].sort((a, b) => sick(a, b) || compare(a, b));
}

/** @throws PmError BAD_ARGUMENT */
export function comparisonOf(wanted: string): Comparison {
  const [field = '', direction = 'asc', ...more] = wanted.split(':');
  const compare = Object.hasOwn(COMPARISONS, field) ? COMPARISONS[field] : undefined;
  if (compare === undefined || more.length > 0 || (direction !== 'asc' && direction !== 'desc')) {
    throw pmError('BAD_ARGUMENT', {
      message: `Cannot sort by ${wanted}`,
      hint: `Sort by one of ${Object.keys(COMPARISONS).join(', ')}, with :desc behind it to turn the order round.`,
    });
  }
  const sign = direction === 'desc' ? -1 : 1;
  // Equal ones stand by id, so that two calls give the same table.
  return (a, b) => sign * compare(a, b) || a.id - b.id;
}
