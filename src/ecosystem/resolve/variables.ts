import type { AttributeName } from '../../model/attributes';
import { pmVariable } from '../../model/variables';
import type { NormaliseContext } from './context';
import { readValue } from '../attributes/readers';
import { declarationOf } from '../attributes/names';
import { splitWords } from '../attributes/words';

/** Defaults of a whole machine (PM2-FACTS §3.2). PM2's daemon reads them at its own start; here whoever starts an app does. */
const VARIABLE_OF: Partial<Record<AttributeName, string>> = {
  kill_timeout: 'KILL_TIMEOUT',
  kill_retry_time: 'KILL_RETRY_TIME',
  listen_timeout: 'GRACEFUL_LISTEN_TIMEOUT',
  instance_var: 'PROCESS_INSTANCE_VAR',
  shutdown_with_message: 'KILL_USE_MESSAGE',
};

/** The default of an attribute: a variable of the caller, else the declaration's. A variable that cannot be read is none. */
export function defaultOf(name: AttributeName, { env }: NormaliseContext): unknown {
  const declaration = declarationOf(name);
  const variable = VARIABLE_OF[name];
  const text = variable === undefined ? undefined : pmVariable(env, variable);
  if (text === undefined) return declaration.default;
  if (declaration.type === 'flag') return text !== 'false' && text !== '0';
  const value = readValue(declaration, text);
  const isReadable =
    declaration.type === 'text' || (typeof value === 'number' && value >= (declaration.minimum ?? 0));
  return isReadable ? value : declaration.default;
}

/** `PM_NODE_OPTIONS`: arguments of every Node app. */
export const nodeOptions = ({ env }: NormaliseContext): readonly string[] =>
  splitWords(pmVariable(env, 'NODE_OPTIONS') ?? '');
