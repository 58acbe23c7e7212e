import { createInterface } from 'node:readline/promises';
import { pmError } from '../errors';
import type { AppsPlan } from '../model/plan';
import { followSteps } from './acting';
import { flag, type Command, type Context, type Input } from './command';
import { readDesired } from './desired-file';
import { FILE_OPTIONS } from './line/global-options';
import { RELOAD_OPTIONS, reloadModeOf } from './line/reload-options';
import { knownApps } from './plan';
import { renderPlan } from './render/plan';

export const makeApply = (): Command => ({
  name: 'apply',
  args: '[file]',
  description:
    'Makes what runs be what an ecosystem file says, and touches only what differs: what is unchanged goes on, what is changed is reloaded, or restarted where a reload cannot do it, what is new is started. Unknown attributes are errors.',
  options: [
    ...FILE_OPTIONS,
    ...RELOAD_OPTIONS,
    {
      flags: '--dry-run',
      help: 'Only say what would be done: exit code 0 nothing, 2 something, 1 an error.',
    },
    { flags: '--prune', help: 'Delete the apps that came from this file and are no longer in it.' },
    { flags: '-y, --yes', help: 'Do not ask before something is deleted, or restarted with a gap.' },
    { flags: '--json', help: 'The plan as JSON.' },
  ],
  exactArgs: true,
  destroys: true,
  examples: [
    ['pm apply', 'the ecosystem file of this folder'],
    ['pm apply ecosystem.config.js --dry-run', 'what would be done, and why'],
    ['pm apply ecosystem.config.js --prune --yes', 'apps that left the file are deleted'],
  ],
  run: async (input, context) => {
    const { apps, warnings, notes, file } = await readDesired(input, context, await knownApps(context));
    const prune = flag(input, 'prune');
    refusePartialPrune(input, prune, file);
    for (const warning of warnings) context.output.warn(warning);
    for (const note of notes) context.output.info(note);
    const params = { apps, prune, ...(file === undefined ? {} : { file }) };
    const isDry = flag(input, 'dryRun');
    const satan = isDry ? await context.satanIfRunning() : await context.satan();
    const plan = satan === null ? allNew(params.apps) : await satan.call('plan', params);
    for (const warning of plan.warnings) context.output.warn(warning);
    const text = flag(input, 'json') ? JSON.stringify(plan) : renderPlan(plan, context.output.paint);
    const isIdle = plan.changes.every(({ kind }) => kind === 'nothing');
    const data = flag(input, 'json') ? ({ data: true } as const) : {};
    const shown = data.data === true ? `${text}\n` : text;
    if (isDry || satan === null) return { text: shown, ...data, exitCode: isIdle ? 0 : 2 };
    if (isIdle) return { text: shown, ...data };
    if (data.data === true) context.output.raw(shown);
    else context.output.print(text);
    await confirm(plan, input, context);
    const started = await satan.call('apply', { ...params, ...reloadModeOf(input) });
    for (const note of started.notes ?? []) context.output.info(note);
    await followSteps(started, context);
    return {};
  },
});

/** Without a God there is nothing, and none is started to find that out. */
const allNew = (apps: readonly { readonly name: string; readonly namespace: string }[]): AppsPlan => ({
  changes: apps.map(({ name, namespace }) => ({
    ...{ kind: 'add' as const, name, namespace },
    ...{ why: 'it is not there', differences: [] },
  })),
  warnings: [],
});

/** @throws PmError BAD_ARGUMENT */
function refusePartialPrune({ options }: Input, prune: boolean, file: string | undefined): void {
  if (!prune || (options['only'] === undefined && file !== undefined)) return;
  throw pmError('BAD_ARGUMENT', {
    message:
      file === undefined
        ? '--prune needs a file: what came from stdin is not known by it'
        : '--prune with --only would delete every other app of the file; nothing was done',
    hint: 'Leave one of them out.',
  });
}

/** Asks on a terminal; elsewhere only what is deleted needs `--yes`. @throws PmError BAD_ARGUMENT */
async function confirm({ changes }: AppsPlan, input: Input, context: Context): Promise<void> {
  if (flag(input, 'yes')) return;
  const deleted = changes.filter(({ kind }) => kind === 'delete').map(({ name }) => name);
  const restarted = changes.filter(({ kind }) => kind === 'restart').map(({ name }) => name);
  if (deleted.length + restarted.length === 0) return;
  const isTerminal =
    context.output.terminal.isTty && 'isTTY' in context.stdin && context.stdin.isTTY === true;
  if (!isTerminal) {
    if (deleted.length === 0) return;
    throw pmError('BAD_ARGUMENT', {
      message: `This deletes ${deleted.join(', ')}; nothing was done`,
      hint: 'Give --yes if that is meant.',
    });
  }
  const parts = [
    ...(deleted.length === 0 ? [] : [`delete ${deleted.join(', ')}`]),
    ...(restarted.length === 0 ? [] : [`restart ${restarted.join(', ')} with a gap`]),
  ];
  const lines = createInterface({ input: context.stdin, output: process.stdout });
  try {
    const answer = await lines.question(`This will ${parts.join(' and ')}. Go on? [y/N] `);
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    lines.close();
  }
  throw pmError('BAD_ARGUMENT', {
    message: 'Nothing was done',
    hint: 'Give --yes to go on without a question.',
  });
}
