import { readDocument } from './apps';
import type { Context, Input } from './command';
import { planAgain, planApps, type Plan } from './plan';
import { isDocument } from './targets';

/** What `restart` and `reload` are asked for: every file is a plan of its own, all selectors are one. */
export async function plansAgain(
  kind: 'restart' | 'reload',
  input: Input,
  context: Context,
): Promise<Plan[]> {
  const plans: Plan[] = [];
  const selectors = input.args.filter((word) => !isDocument(word));
  if (selectors.length > 0) plans.push(planAgain(kind, selectors, input, context));
  for (const word of input.args.filter(isDocument)) {
    plans.push(
      planApps(await readDocument(word, context), { match: 'name', existing: kind }, input, context),
    );
  }
  return plans;
}
