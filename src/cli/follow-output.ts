import { stat } from 'node:fs/promises';
import { reasonOf } from '../errors';
import { followFiles, readTail } from '../logs/reader';
import type { InstanceView } from '../model/instance';
import type { Context } from './command';
import { renderLogLine, type LogSource } from './render/log-line';
import { printable } from './render/text-width';

/** Shows what these instances print from now on, until Ctrl-C. `bare`: without id and name before each line. */
export async function showWhatComes(
  views: readonly InstanceView[],
  context: Context,
  style: 'bare' | 'labelled',
): Promise<void> {
  const sources = new Map<string, LogSource>();
  for (const view of views) {
    const label = `${view.id}|${printable(view.name)}`;
    sources.set(view.outLogPath, { path: view.outLogPath, label, kind: 'out' });
    sources.set(view.errorLogPath, { path: view.errorLogPath, label, kind: 'error' });
  }
  const { output } = context;
  const follower = followFiles(
    (path, line) => {
      const source = sources.get(path);
      if (source === undefined) return;
      output.raw(`${style === 'bare' ? line : renderLogLine(source, line, output.paint)}\n`);
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
