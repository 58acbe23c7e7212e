import { ATTRIBUTES } from '../../model/attributes';
import type { GenerationView } from '../../model/generation';
import type { AppHistory } from '../../satan';
import type { Paint } from './paint';
import { printable } from './text-width';
import { uptimeText } from './units';

/** `pm history`: a line per generation, with what it changed and why it failed below it. */
export function renderHistory({ name, generations }: AppHistory, paint: Paint, nowMs: number): string {
  const head = `${paint.bold(printable(name))}: ${generations.length} generation${generations.length === 1 ? '' : 's'}`;
  return [head, ...generations.flatMap((one) => linesOf(one, paint, nowMs))].join('\n');
}

function linesOf(one: GenerationView, paint: Paint, nowMs: number): string[] {
  const mark = one.isCurrent ? paint.green('*') : ' ';
  const by = one.by === null ? '' : ` by ${printable(one.by)}`;
  const revision = one.revision === null ? '' : `, commit ${one.revision.slice(0, 10)}`;
  const runs = one.instanceIds.length === 0 ? '' : `, runs as ${one.instanceIds.join(', ')}`;
  const details = [
    ...(one.changed.length === 0 ? [] : [`changed: ${one.changed.map(publicName).join(', ')}`]),
    ...(one.failure === null ? [] : [paint.red(`failed: ${printable(one.failure)}`)]),
    printable(one.realScript),
  ];
  return [
    `${mark} ${String(one.number).padStart(3)}  ${uptimeText(nowMs - one.createdAtMs)} ago, ${printable(one.origin)}${by}${revision}${runs}`,
    ...details.map((detail) => `       ${detail}`),
  ];
}

/** As it is written in files: `max_restarts` for `maxRestarts`. */
function publicName(field: string): string {
  const known = Object.entries(ATTRIBUTES).find(([, declaration]) => declaration.field === field);
  return known === undefined ? field : known[0];
}
