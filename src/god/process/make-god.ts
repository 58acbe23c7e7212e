import type { Home } from '../../home';
import type { ControlEvents } from '../../protocol/control';
import { makeControlLoop } from '../loop/control-loop';
import { makeEffects } from '../effects';
import type { Clock, God, GodSettings } from '../core/god';
import { makeSampler, type Sampler } from '../metrics/sampler';
import { makeTriggers } from '../triggers';
import { logLine } from './log';
import { makeOperations } from '../operations/operations';
import { makeShims } from '../shims/registry';
import { loadState, type LoadedState } from '../store/state-file';
import { makeStore } from '../store/store';
import { makeTimers } from '../core/timers';
import { makeWorld } from '../core/world';

const systemClock: Clock = {
  nowMs: () => Date.now(),
  tickMs: () => performance.now(),
  random: () => Math.random(),
};

export interface GodParts {
  readonly home: Home;
  readonly settings: GodSettings;
  readonly publish: (packet: ControlEvents['process:event']) => void;
}

/** Puts God together out of what is on disk; nothing is running yet. */
export function makeGod({ home, settings, publish }: GodParts): {
  god: God;
  loaded: LoadedState;
  sampler: Sampler;
} {
  const loaded = loadState(home.stateFile);
  for (const warning of loaded.warnings) logLine(warning);
  const store = makeStore({
    path: home.stateFile,
    state: loaded.state,
    onFailure: (why) => logLine(`the state could not be written, running apps go on: ${why}`),
  });
  const enqueue = makeControlLoop(
    () => god,
    () => triggers.refresh(),
  );
  const god: God = {
    home,
    settings,
    clock: systemClock,
    world: makeWorld(loaded.state),
    store,
    shims: makeShims({
      home,
      introduction: { version: settings.version, god: settings.number },
      store,
      log: logLine,
      onEvent: (shimId, event) => enqueue({ type: 'shim-event', shimId, event }),
      onLost: (shimId, why) => enqueue({ type: 'shim-lost', shimId, why }),
    }),
    timers: makeTimers(),
    operations: makeOperations({
      records: loaded.state.operations,
      god: settings.number,
      nowMs: () => systemClock.nowMs(),
    }),
    log: logLine,
    enqueue,
    act: makeEffects(() => god),
    publish,
    ending: false,
  };
  const sampler = makeSampler(() => god.clock.tickMs());
  const triggers = makeTriggers(god, sampler, settings.memoryIntervalMs);
  return { god, loaded, sampler };
}
