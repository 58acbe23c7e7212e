import { readDocument } from './apps';
import { text, type Context, type Input } from './command';
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
    const document = await readDocument(word, context);
    plans.push(await planApps(document, { match: 'name', existing: kind }, withNamespace(input), context));
  }
  return plans;
}

/** Selectors are narrowed by `--namespace`; the apps of a file are given it, as by `start`. */
function withNamespace(input: Input): Input {
  const namespace = text(input, 'namespace');
  return namespace === undefined ? input : { ...input, attributes: { ...input.attributes, namespace } };
}
