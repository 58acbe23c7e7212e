import { fromWire, pmError } from '../errors';
import type { OperationOutcome } from '../protocol/control';
import type { OperationStarted } from '../satan';
import type { Context, Input, View } from './command';
import { tableView } from './table';

/**
 * Follows an operation to its end with a line per step, then leaves the table (PM2-FACTS §1.1).
 *
 * @throws PmError why the operation failed
 */
export async function follow(started: OperationStarted, input: Input, context: Context): Promise<View> {
  await showTableOnFailure(input, context, async () => {
    await followSteps(started, context);
  });
  return tableView(input, context);
}

/** When what is under way fails, the table comes before the error: one wants to see what came of it. */
export async function showTableOnFailure(
  input: Input,
  context: Context,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    // The table is an extra: when it cannot be had either, the first error is the one that matters.
    const view = await tableView(input, context).catch((): View => ({}));
    if (view.text !== undefined) context.output.print(view.text);
    throw error;
  }
}

/** The steps only, without a table, as `reload` and `kill` want them. @throws PmError why the operation failed */
export async function followSteps(started: OperationStarted, context: Context): Promise<OperationOutcome> {
  const satan = await context.satan();
  const said = new Set<string>();
  const interrupted = context.untilInterrupted().then(() => null);
  const ended = satan.run(started, ({ instanceId, label, text }) => {
    said.add(`${label} ${text}`);
    context.output.step(`${instanceId}`, `${label} ${text}`);
  });
  const outcome = await Promise.race([ended, interrupted]);
  if (outcome === null) {
    // Its connection is closed under it.
    ended.catch(() => undefined);
    throw pmError('INTERRUPTED');
  }
  // God warns of what a caller that shows no steps would miss.
  for (const warning of outcome.warnings) if (!said.has(warning)) context.output.warn(warning);
  if (outcome.error !== null) throw fromWire(outcome.error);
  return outcome;
}
