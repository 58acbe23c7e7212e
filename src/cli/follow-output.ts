import { stat } from 'node:fs/promises';
import { reasonOf } from '../errors';
import { followFiles, makeLineReader, readTail } from '../logs/reader';
import type { InstanceView } from '../model/instance';
import type { Context } from './command';
import type { LogKind, LogSource } from './logs/sources';
import { makeLogLinePainter } from './render/log-line';
import { printable } from './render/text-width';

/** Shows what these instances print from now on, until Ctrl-C. `bare`: without id and name before each line. */
export async function showWhatComes(
  views: readonly InstanceView[],
  context: Context,
  style: 'bare' | 'labelled',
): Promise<void> {
  const sources = new Map<string, LogSource>();
  for (const view of views) {
    const whose = { app: printable(view.name), id: view.id, ids: [view.id] };
    const read = makeLineReader(view.logFormat ?? null);
    const add = (path: string, kind: LogKind): unknown => sources.set(path, { path, kind, read, ...whose });
    add(view.outLogPath, 'out');
    add(view.errorLogPath, 'error');
  }
  const { output, nowMs } = context;
  const shape = style === 'bare' ? 'raw' : 'labelled';
  const painter = makeLogLinePainter(
    { style: shape, stamp: null, highlight: null },
    output.paint,
    output.terminal.isTty,
  );
  const follower = followFiles(
    (path, line) => {
      const source = sources.get(path);
      if (source === undefined) return;
      output.raw(`${painter.line(source, source.read(line), nowMs())}\n`);
    },
    (path, error) => output.warn(`${path}: ${reasonOf(error)}`),
  );
  for (const path of sources.keys()) {
    if (path.startsWith('/dev/')) continue;
    // A log that is not there yet is followed from its begin.
    if ((await stat(path).catch(() => null)) === null) continue;
    follower.add(path, (await readTail(path, 0)).position);
  }
  await context.untilInterrupted();
  await follower.close();
}
