import type { AppSpec } from '../../model/app-spec';
import { ATTRIBUTES } from '../../model/attributes';
import { differences } from '../../model/equal';
import type { AttributeDifference } from '../../model/plan';
import { isSecret, MASK, withoutPasswords } from '../../model/secrets';

/** The fields as they are written in files, variables one by one, secrets masked on both sides. */
export function shownDifferences(
  before: AppSpec,
  after: AppSpec,
  fields: readonly (keyof AppSpec)[],
): AttributeDifference[] {
  return fields.flatMap((field) =>
    field === 'env'
      ? differences(before.env, after.env).map((name) => variable(name, before.env[name], after.env[name]))
      : [
          {
            attribute: publicName(field),
            from: withoutPasswords(before[field] ?? null),
            to: withoutPasswords(after[field] ?? null),
          },
        ],
  );
}

function variable(name: string, from: string | undefined, to: string | undefined): AttributeDifference {
  const hides = [from, to].some((value) => value !== undefined && isSecret(name, value));
  const shown = (value: string | undefined): string | null =>
    value === undefined ? null : hides ? MASK : value;
  return { attribute: `env.${name}`, from: shown(from), to: shown(to) };
}

/** `max_restarts` for `maxRestarts`. */
const publicName = (field: string): string =>
  Object.entries(ATTRIBUTES).find(([, declaration]) => declaration.field === field)?.[0] ??
  (field === 'interpreterPath' ? 'interpreter (resolved)' : field);
