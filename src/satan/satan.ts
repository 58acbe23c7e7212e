import type { Home } from '../home';
import {
  CONTROL_PROTOCOL,
  type ControlApi,
  type OperationOutcome,
  type OperationStarted,
  type OperationStep,
} from '../protocol/control';
import { connect, type WireClient } from '../wire';
import { worded } from './failures';

/** Every answer of God is short (long work is an operation), so this is long even on a swapping machine. */
export const DEFAULT_DEADLINE_MS = 5000;

/** How long God may hold a poll of an operation before it answers "nothing new". */
const OPERATION_POLL_MS = 2000;

export interface SatanOptions {
  /** Deadline of each call, ms. Default 5000. */
  readonly deadlineMs?: number;
}

/** The client's side of the control boundary: one connection to one God. Whoever connects closes it. */
export interface Satan {
  /** Who answered: version, pid and start of God. */
  readonly god: ControlApi['hello']['result'];
  /** One line for the user when God is of another version; null when it is of ours. */
  readonly warning: string | null;
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
  /** @throws PmError what God refused, or GOD_UNREACHABLE when there is no answer within the deadline */
  call<M extends keyof ControlApi>(
    method: M,
    params: ControlApi[M]['params'],
  ): Promise<ControlApi[M]['result']>;
  /**
   * Follows an operation to its end. Operations may take as long as their apps do; what is bounded is the silence
   * of God: each poll has a deadline of its own.
   *
   * @throws PmError GOD_UNREACHABLE; a failure of the operation itself is `outcome.error`
   */
  run(started: OperationStarted, onStep?: (step: OperationStep) => void): Promise<OperationOutcome>;
  close(): void;
}

/** Connects to the God that listens now and shakes hands. @throws WireFailure nobody listens, or PmError */
export async function openSatan(home: Home, options: SatanOptions = {}): Promise<Satan> {
  const deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
  const client = await connect<ControlApi>(home.rpcSocket, { deadlineMs });
  const call = async <M extends keyof ControlApi>(
    method: M,
    params: ControlApi[M]['params'],
    extraMs = 0,
  ): Promise<ControlApi[M]['result']> => {
    try {
      return await client.call(method, params, { deadlineMs: deadlineMs + extraMs });
    } catch (error) {
      throw await worded(error, home, `asked for \`${method}\``);
    }
  };
  const god = await shakeHands(client, deadlineMs);
  return {
    god,
    warning: versionWarning(god),
    closed: new Promise((resolve) => client.onClose(resolve)),
    call: (method, params) => call(method, params),
    run: async (started, onStep = () => undefined) => {
      let afterStep = -1;
      for (;;) {
        const poll = { id: started.operationId, afterStep, waitMs: OPERATION_POLL_MS };
        const { steps, outcome } = await call('operation', poll, OPERATION_POLL_MS);
        for (const step of steps) {
          afterStep = Math.max(afterStep, step.index);
          onStep(step);
        }
        if (outcome !== null) return outcome;
      }
    },
    close: () => client.close(),
  };
}

/** Leaves the connection open only when God has answered. The failure is left unworded: the caller may try again. */
async function shakeHands(
  client: WireClient<ControlApi>,
  deadlineMs: number,
): Promise<ControlApi['hello']['result']> {
  try {
    return await client.call(
      'hello',
      { version: __PM_VERSION__, protocol: CONTROL_PROTOCOL },
      { deadlineMs },
    );
  } catch (error) {
    client.close();
    throw error;
  }
}

/** Another version is no reason to refuse: the apps of the night shift must be manageable in the middle of an upgrade. */
function versionWarning({ version }: ControlApi['hello']['result']): string | null {
  if (version === __PM_VERSION__) return null;
  return `God runs version ${version}, this is ${__PM_VERSION__}: what one of them does not know yet may be refused (apps are not touched)`;
}
