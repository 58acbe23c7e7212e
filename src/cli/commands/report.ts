import { readFileSync } from 'node:fs';
import { arch, cpus, freemem, platform, release, totalmem } from 'node:os';
import type { Command, Context } from '../command';
import { renderList } from '../render/list';

/** PM2's number of lines. */
const LOG_LINES = 20;

export const makeReport = (): Command => ({
  name: 'report',
  args: '',
  description: 'Prints what a bug report needs: versions, machine, list, and the last lines of pm.log.',
  options: [],
  examples: [['pm report > report.md', 'to be read before it is sent: names of apps are in it']],
  run: async (_, context) => {
    const satan = await context.satan();
    const { instances } = await satan.call('list', {});
    const { god } = satan;
    const { terminal, paint } = context.output;
    const lines = [
      '```',
      section('Daemon', {
        'pmd version': god.version,
        pid: god.pid,
        home: god.home,
        uptime: `${Math.round((context.nowMs() - god.startedAtMs) / 1000)}s`,
      }),
      section('CLI', {
        'local pm': __PM_VERSION__,
        'node version': process.versions.node,
        'node path': process.execPath,
        uid: process.getuid?.() ?? 'none',
        gid: process.getgid?.() ?? 'none',
      }),
      section('System info', {
        arch: arch(),
        platform: `${platform()} ${release()}`,
        cpus: cpus()[0]?.model ?? 'unknown',
        'cpus nb': cpus().length,
        freemem: freemem(),
        totalmem: totalmem(),
      }),
      '--- PM list ---',
      renderList(instances, { ...terminal, columns: 300 }, paint, context.nowMs()),
      '--- Daemon logs ---',
      ...lastLines(context),
      '```',
    ];
    return { text: lines.join('\n') };
  },
});

const section = (title: string, facts: Readonly<Record<string, string | number>>): string =>
  [
    `--- ${title} ---`,
    ...Object.entries(facts).map(([name, value]) => `${name.padEnd(20)} : ${value}`),
    '',
  ].join('\n');

function lastLines(context: Context): string[] {
  try {
    return readFileSync(context.home().logFile, 'utf8').trimEnd().split('\n').slice(-LOG_LINES);
  } catch {
    return [];
  }
}
