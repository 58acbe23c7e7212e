import { RELOAD_MODES, type ReloadMode } from '../../model/reload-mode';
import { pmError } from '../../errors';
import { text, type Input, type OptionDeclaration } from '../command';

export const RELOAD_OPTIONS: readonly OptionDeclaration[] = [
  {
    flags: '--mode <mode>',
    help: 'atomic: prove all new workers, then switch; rolling: one after another; auto (default): atomic where memory allows',
  },
];

/** `--mode` of a reload. @throws PmError BAD_ARGUMENT */
export function reloadModeOf(input: Input): { mode?: ReloadMode } {
  const given = text(input, 'mode');
  if (given === undefined) return {};
  const mode = RELOAD_MODES.find((one) => one === given);
  if (mode !== undefined) return { mode };
  throw pmError('BAD_ARGUMENT', {
    message: `--mode ${given} is none of ${RELOAD_MODES.join(', ')}`,
    hint: 'For instance `--mode rolling`.',
  });
}
